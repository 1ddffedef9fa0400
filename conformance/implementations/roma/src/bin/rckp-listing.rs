//! How long the original takes to list a store: for `python -m conformance.tools.bench`.
//!
//!     rckp-listing OUT ITERATIONS --resume --nc --checkpoint-dir DIR
//!
//! Its listing has no public name; but a run that is told to resume begins with one. Three
//! options of the crate's own make it do so, and keep it from writing. OUT is the file to answer
//! in, since the crate writes to standard output and error itself. The first line there holds the
//! four strings of the run's identity in lower-case hex, with tabs between. After that, each line
//! `list` of standard input is a run of so many ITERATIONS, which are part of its identity: timed
//! from the last thing that the crate asks of a problem before it lists to the first thing that
//! it asks after it, and answered with the nanoseconds. When the crate asks which of several to
//! resume, it reads the next line of standard input: `0`, a new run. Where it did not ask, that
//! line is passed over here.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Write as _};
use std::time::Instant;

use roma_lib::algorithms::{
    Algorithm, HillClimbing, HillClimbingParameters, TerminationCriteria, TerminationCriterion,
};
use roma_lib::operator::BitFlipNeighborhood;
use roma_lib::problem::{KnapsackBuilder, KnapsackProblem, Problem};
use roma_lib::utils::random::Random;
use roma_lib::Solution;

thread_local! {
    static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
    static TOOK: Cell<Option<u128>> = const { Cell::new(None) };
}

/// A knapsack that looks at the clock: a run asks for its parameters just before it lists, and
/// for a first solution just after.
struct Timed(KnapsackProblem);

impl Problem<bool> for Timed {
    fn new() -> Self {
        Timed(KnapsackProblem::new())
    }

    fn evaluate(&self, solution: &mut Solution<bool>) {
        self.0.evaluate(solution);
    }

    fn create_solution(&self, rng: &mut Random) -> Solution<bool> {
        TOOK.set(BEGAN.take().map(|began| began.elapsed().as_nanos()));
        self.0.create_solution(rng)
    }

    fn set_problem_description(&mut self, description: String) {
        self.0.set_problem_description(description);
    }

    fn get_problem_description(&self) -> String {
        self.0.get_problem_description()
    }

    fn dominates(&self, a: &Solution<bool>, b: &Solution<bool>) -> bool {
        self.0.dominates(a, b)
    }

    fn better_fitness_fn(&self) -> fn(f64, f64) -> bool {
        self.0.better_fitness_fn()
    }

    fn get_problem_parameters_payload(&self) -> String {
        let payload = self.0.get_problem_parameters_payload();
        BEGAN.set(Some(Instant::now()));
        payload
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn main() {
    let out = std::env::args().nth(1).expect("a file to answer in");
    let mut out = File::options().write(true).open(out).expect("a file that can be written");
    let iterations = std::env::args().nth(2).and_then(|word| word.parse().ok()).expect("a number");
    let problem = Timed(
        KnapsackBuilder::new()
            .with_capacity(3.0)
            .add_items(vec![(1.0, 2.0)])
            .build(),
    );
    let criteria = TerminationCriteria::new(vec![TerminationCriterion::MaxIterations(iterations)]);
    let parameters = HillClimbingParameters::new(BitFlipNeighborhood::new(), criteria).with_seed(7);
    let mut algorithm = HillClimbing::new(parameters);
    let identity = [
        algorithm.algorithm_name().to_string(),
        algorithm.checkpoint_algorithm_parameters(),
        problem.get_problem_description(),
        problem.get_problem_parameters_payload(),
    ];
    writeln!(out, "{}", identity.map(|text| hex(&text)).join("\t")).expect("somebody listens");
    let mut line = String::new();
    while io::stdin().read_line(&mut line).expect("a line of UTF-8") > 0 {
        if line.trim() == "list" {
            algorithm.run(&problem).expect("a run that ends");
            let took = TOOK.take().expect("a run that did not resume");
            writeln!(out, "{took}").expect("somebody listens");
        }
        line.clear();
    }
}
