//! A run of each algorithm of the original, for the tests of payloads.
//!
//!     rckp-runs ALGORITHM ITERATIONS, with the crate's own options (`--resume`,
//!     `--checkpoint-dir DIR`)

use roma_lib::prelude::*;

fn knapsack() -> KnapsackProblem {
    KnapsackBuilder::new()
        .with_capacity(30.0)
        .add_items((1..12).map(|at| (f64::from(at), f64::from(at * 7 % 11))).collect())
        .build()
}

fn assignment() -> QapProblem {
    let matrix = |factor: usize| -> Vec<Vec<f64>> {
        (0..6)
            .map(|row| (0..6).map(|column| ((row * column * factor) % 7) as f64).collect())
            .collect()
    };
    QapProblem::with_matrices(matrix(3), matrix(5))
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let iterations = arguments[2].parse().expect("a number");
    let end = TerminationCriteria::new(vec![TerminationCriterion::MaxIterations(iterations)]);
    let end = || end.clone();
    match arguments[1].as_str() {
        "HillClimbing" => {
            let parameters = HillClimbingParameters::new(BitFlipNeighborhood::new(), end());
            HillClimbing::new(parameters.with_seed(7)).run(&knapsack()).expect("a run");
        }
        "SimulatedAnnealing" => {
            let parameters =
                SimulatedAnnealingParameters::new(BitFlipNeighborhood::new(), 10.0, 0.99, end());
            SimulatedAnnealing::new(parameters.with_seed(7)).run(&knapsack()).expect("a run");
        }
        "TabuSearch" => {
            let parameters = TabuSearchParameters::new(TwoOptNeighborhood::new(), 12, 5, end());
            TabuSearch::new(parameters.with_seed(7)).run(&assignment()).expect("a run");
        }
        "VNS" => {
            let steps = vec![GaussianNeighborhood::new(0.1), GaussianNeighborhood::new(0.5)];
            let parameters = VNSParameters::new(steps, 5, end()).with_seed(7);
            VNS::new(parameters).run(&AckleyProblem::new(8, -4.0, 4.0)).expect("a run");
        }
        "DifferentialEvolution" => {
            let parameters = DifferentialEvolutionParameters::new(18, 0.9, 0.8, end()).with_seed(7);
            let problem = AckleyProblem::new(10, -5.0, 5.0);
            DifferentialEvolution::new(parameters).run(&problem).expect("a run");
        }
        "GeneticAlgorithm" => {
            let parameters = GeneticAlgorithmParameters::new(
                20,
                0.9,
                0.1,
                SinglePointCrossover::new(),
                BitFlipMutation::new(),
                BinaryTournamentSelection::new(),
                end(),
            );
            GeneticAlgorithm::new(parameters.with_seed(7)).run(&knapsack()).expect("a run");
        }
        "NSGA-II" => {
            let problem = ZDT1Problem::new(6);
            let parameters = NSGAIIParameters::new(
                20,
                0.9,
                0.1,
                SBXCrossover::new(15.0),
                PolynomialMutation::new(20.0),
                MultiObjectiveTournamentSelection::new(),
                end(),
            );
            NSGAII::new(parameters.with_seed(7)).run(&problem).expect("a run");
        }
        "PSO" => {
            let parameters = PSOParameters::new(10, 0.7, 1.5, 1.5, end()).with_seed(7);
            PSO::new(parameters).run(&knapsack()).expect("a run");
        }
        other => panic!("unknown algorithm {other}"),
    }
}
