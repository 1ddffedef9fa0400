//! Selection: what a run can resume from, in which order, and who chooses.

use crate::decode::{Decoder, ReadError};
use crate::error::{code, is, Error};
use crate::identity::Identity;
use crate::layout::{Field, Record, Status};
use crate::run_id::timestamp;
use crate::store::{open_regular, LeftOut, Reason, Store};
use std::io::BufReader;
use std::path::PathBuf;

/// A checkpoint that can be resumed from.
#[derive(Clone, Debug)]
pub struct Entry {
    pub path: PathBuf,
    pub record: Record,
}

/// Who chooses among several (SEL-6).
pub enum Chooser<'a> {
    Nobody,
    /// The program names the run that it wants (SEL-11).
    Run(&'a str),
    /// A person, who is shown the entries and types a line; none at the end
    /// of the input (SEL-10).
    Person(&'a dyn Fn(&[Entry]) -> Option<String>),
    /// A rule of the program: the path of an entry, or none for a new run.
    Rule(&'a dyn Fn(&[Entry]) -> Option<PathBuf>),
}

impl Store {
    /// What can be resumed, from the oldest to the newest, and what was left
    /// out because it could not be read or decoded.
    pub fn resumable(&self, identity: &Identity) -> Result<(Vec<Entry>, Vec<LeftOut>), Error> {
        let hashes = identity.signature_hashes();
        let mut found = Vec::new();
        let left_out = self.walk(&mut |file| {
            let open = match open_regular(file.dir, file.name) {
                Ok(Some((open, _))) => open,
                Ok(None) => return None,
                Err(error) => return Some(Reason::Unreadable(error)),
            };
            match matching(Decoder::new(BufReader::new(open)), identity, hashes) {
                Ok(Some(record)) => found.push(Entry { path: file.path.clone(), record }),
                Ok(None) => {}
                Err(ReadError::Fault(fault)) => return Some(Reason::Fault(fault)), // SEL-3
                Err(ReadError::Io(error)) => return Some(Reason::Unreadable(error)),
            }
            None
        })?;
        sort(&mut found);
        Ok((found, left_out))
    }

    /// The checkpoint to resume from, if any.
    pub fn select(&self, identity: &Identity, chooser: &Chooser) -> Result<Option<Entry>, Error> {
        let failed = |cause: String| Error::store(code::LISTING_FAILED, self.base(), cause);
        let (mut found, left_out) =
            self.resumable(identity).map_err(|error| failed(error.to_string()))?;
        if found.is_empty() {
            if let Some(hidden) = left_out.iter().find(|left_out| may_hide_a_run(left_out)) {
                return Err(failed(format!("{hidden:?}"))); // SEL-8
            }
        }
        let error = |code, cause: &str| Err(Error::store(code, self.base(), cause));
        let n = match (chooser, found.len()) {
            (Chooser::Run(id), _) => match found.iter().rposition(|e| e.record.run_id == *id) {
                None => return error(code::NO_SUCH_RUN, id),
                newest => newest,
            },
            (_, 0) => None,
            (_, 1) => Some(0), // without asking (SEL-5)
            (Chooser::Nobody, _) => return error(code::CHOICE_NEEDED, "several match"),
            (Chooser::Person(ask), len) => match choice(ask(&found).as_deref(), len) {
                Err(code) => return error(code, "no such choice"),
                Ok(n) => n,
            },
            (Chooser::Rule(rule), _) => match rule(&found) {
                None => None,
                Some(path) => match found.iter().position(|entry| entry.path == path) {
                    None => return error(code::NOT_OFFERED, "the rule gave no entry"),
                    n => n,
                },
            },
        };
        Ok(n.map(|n| found.swap_remove(n)))
    }
}

/// The record, if it can be resumed from (SEL-1, SEL-2). What shows another
/// identity in its header is not read further (STORE-22).
fn matching<R: std::io::Read>(
    mut decoder: Decoder<R>,
    identity: &Identity,
    hashes: (u64, u64),
) -> Result<Option<Record>, ReadError> {
    let head = decoder.through(Field::ProblemSignatureHash)?;
    if head.algorithm_name != identity.algorithm_name
        || (head.algorithm_signature_hash, head.problem_signature_hash) != hashes
    {
        return Ok(None);
    }
    let record = decoder.finish()?;
    Ok((record.status != Status::Completed).then_some(record))
}

/// SEL-4. Rust compares strings by their UTF-8 bytes. The sort is stable, and
/// the listing was in the order of the paths.
fn sort(found: &mut [Entry]) {
    found.sort_by(|a, b| {
        let age = |entry: &Entry| timestamp(&entry.record.run_id).unwrap_or(0); // RUN-7
        (age(a), &a.record.run_id).cmp(&(age(b), &b.record.run_id))
    });
}

/// SEL-8: what could not be read, unless it is somebody else's.
fn may_hide_a_run(left_out: &LeftOut) -> bool {
    match &left_out.reason {
        Reason::Unreadable(error) => !is(error, libc::EACCES) && !is(error, libc::EPERM),
        Reason::Fault(_) | Reason::TooDeep => false,
    }
}

/// SEL-10: the index that a typed line means, none for a new run. Rust trims
/// by the property White_Space and reads one `+` and ASCII digits.
fn choice(answer: Option<&str>, len: usize) -> Result<Option<usize>, &'static str> {
    let n: u64 = answer.and_then(|line| line.trim().parse().ok()).ok_or(code::INVALID_INDEX)?;
    match n {
        0 => Ok(None),
        n if n > len as u64 => Err(code::INDEX_OUT_OF_RANGE),
        n => Ok(Some(n as usize - 1)),
    }
}
