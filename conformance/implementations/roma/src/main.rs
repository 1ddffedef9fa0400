//! Does what it is told, line by line, with the original's own code.
//!
//! Fields of a line are separated by tabs, strings are lower-case hex of their UTF-8.
//!
//!     read PATH                 -> record FIELD…      | error KIND
//!     copy PATH BASE            -> wrote PATH         | error KIND
//!     write TEMPLATE BASE FIELD… without the status
//!                               -> wrote PATH         | error KIND
//!     delete PATH               -> removed true|false | error KIND
//!     base EXPLICIT|- PROJECT|- -> base PATH          (from its own environment)
//!
//! Called with `climb ITERATIONS` it is a run of the crate, with the crate's own options
//! (`--resume`, `--checkpoint-dir DIR`).

use std::fmt::Write as _;
use std::io::{self, BufRead, Write as _};
use std::path::Path;

use roma_lib::algorithms::{
    Algorithm, HillClimbing, HillClimbingParameters, TerminationCriteria, TerminationCriterion,
};
use roma_lib::operator::BitFlipNeighborhood;
use roma_lib::problem::KnapsackBuilder;
use roma_lib::utils::path::{resolve_checkpoint_dir, CheckpointPathConfig};
use roma_lib::{delete_snapshot_on_success, read_snapshot, write_snapshot};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").expect("a string takes everything");
        out
    })
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex"))
        .collect()
}

fn text(field: &str) -> String {
    String::from_utf8(unhex(field)).expect("UTF-8")
}

fn option(value: &Option<String>) -> String {
    value.as_ref().map_or("-".to_string(), |text| hex(text.as_bytes()))
}

fn path_hex(path: &Path) -> String {
    hex(path.as_os_str().as_encoded_bytes())
}

fn answer(line: &str) -> io::Result<String> {
    let fields: Vec<&str> = line.split('\t').collect();
    match fields[0] {
        "read" => {
            let r = read_snapshot(Path::new(&text(fields[1])))?;
            let strings = [
                &r.run_id,
                &r.algorithm_name,
                &r.algorithm_parameters,
                &r.problem_description,
                &r.problem_parameters,
                &r.step_state_payload,
            ]
            .map(|value| hex(value.as_bytes()));
            let [run_id, algorithm, algorithm_parameters, problem, problem_parameters, payload] =
                strings;
            Ok([
                "record".to_string(),
                r.created_at_ms.to_string(),
                run_id,
                r.random_seed.to_string(),
                algorithm,
                algorithm_parameters,
                problem,
                problem_parameters,
                r.algorithm_signature_hash.to_string(),
                r.problem_signature_hash.to_string(),
                payload,
                option(&r.seed_payload),
                r.elapsed_millis.to_string(),
                r.status.as_str().to_string(),
                option(&r.error_message),
            ]
            .join("\t"))
        }
        "copy" => {
            let record = read_snapshot(Path::new(&text(fields[1])))?;
            let path = write_snapshot(Path::new(&text(fields[2])), &record)?;
            Ok(format!("wrote\t{}", path_hex(&path)))
        }
        "write" => {
            // The type has no public name: a record can only be changed, not made.
            let mut record = read_snapshot(Path::new(&text(fields[1])))?;
            let number = |at: usize| fields[at].parse::<u64>().expect("a number");
            let present = |at: usize| (fields[at] != "-").then(|| text(fields[at]));
            record.created_at_ms = number(3);
            record.run_id = text(fields[4]);
            record.random_seed = number(5);
            record.algorithm_name = text(fields[6]);
            record.algorithm_parameters = text(fields[7]);
            record.problem_description = text(fields[8]);
            record.problem_parameters = text(fields[9]);
            record.algorithm_signature_hash = number(10);
            record.problem_signature_hash = number(11);
            record.step_state_payload = text(fields[12]);
            record.seed_payload = present(13);
            record.elapsed_millis = number(14);
            record.error_message = present(15);
            let path = write_snapshot(Path::new(&text(fields[2])), &record)?;
            Ok(format!("wrote\t{}", path_hex(&path)))
        }
        "delete" => {
            let removed = delete_snapshot_on_success(Path::new(&text(fields[1])))?;
            Ok(format!("removed\t{removed}"))
        }
        "base" => {
            let mut config = CheckpointPathConfig::default();
            if fields[1] != "-" {
                config = config.with_explicit_dir(text(fields[1]));
            }
            if fields[2] != "-" {
                config = config.with_project_fallback_dir(text(fields[2]));
            }
            Ok(format!("base\t{}", path_hex(&resolve_checkpoint_dir(&config))))
        }
        other => panic!("unknown operation {other}"),
    }
}

/// A hill climber on a knapsack; it ends when it has taken as many steps as it is told.
fn climb(iterations: usize) {
    let problem = KnapsackBuilder::new()
        .with_capacity(30.0)
        .add_items((1..24).map(|at| (f64::from(at), f64::from(at * 7 % 11))).collect())
        .build();
    let criteria = TerminationCriteria::new(vec![TerminationCriterion::MaxIterations(iterations)]);
    let parameters = HillClimbingParameters::new(BitFlipNeighborhood::new(), criteria).with_seed(7);
    HillClimbing::new(parameters).run(&problem).expect("a run that ends");
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|word| word == "climb") {
        return climb(arguments[2].parse().expect("a number"));
    }
    let stdout = io::stdout();
    for line in io::stdin().lock().lines() {
        let line = line.expect("a line of UTF-8");
        let out = answer(&line).unwrap_or_else(|error| format!("error\t{:?}", error.kind()));
        let mut stdout = stdout.lock();
        writeln!(stdout, "{out}").and_then(|()| stdout.flush()).expect("somebody listens");
    }
}
