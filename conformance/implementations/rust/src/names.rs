//! The names under which a checkpoint lies below the base.

use crate::layout::Record;

/// PATH-1.
pub fn sanitise(text: &str) -> String {
    let keep = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let replaced: String = text.chars().map(|c| if keep(c) { c } else { '_' }).collect();
    match replaced.trim_matches('_') {
        "" => "unnamed".to_owned(),
        name => name.to_owned(),
    }
}

/// PATH-2, of the hashes that are stored (PATH-3): the directory of the
/// algorithm and, in it, that of the problem.
pub fn scope(
    algorithm_name: &str,
    algorithm_signature_hash: u64,
    problem_description: &str,
    problem_signature_hash: u64,
) -> [String; 2] {
    [
        format!("alg-{}-{algorithm_signature_hash:016x}", sanitise(algorithm_name)),
        format!("prob-{}-{problem_signature_hash:016x}", sanitise(problem_description)),
    ]
}

pub fn scope_of(record: &Record) -> [String; 2] {
    scope(
        &record.algorithm_name,
        record.algorithm_signature_hash,
        &record.problem_description,
        record.problem_signature_hash,
    )
}

/// PATH-4.
pub fn file_name(run_id: &str) -> String {
    format!("run-{}.ckpt", sanitise(run_id))
}
