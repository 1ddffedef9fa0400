//! Purging: removing the checkpoints that are older than a time.

use super::listing::{Found, Reason};
use super::locking::LockError;
use super::{open_regular, LeftOut, Store};
use crate::decode::{Decoder, ReadError};
use crate::dir::Sameness;
use crate::error::{code, is, Error};
use crate::layout::Field;
use crate::run_id::now_ms;
use std::fmt;
use std::io::{self, BufReader};
use std::path::PathBuf;

/// A purge that could not do everything (STORE-18).
#[derive(Debug)]
pub struct Incomplete {
    pub removed: u64,
    pub failures: Vec<(PathBuf, String)>,
}

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} removed", self.removed)?;
        self.failures.iter().try_for_each(|(path, cause)| write!(f, "; {path:?}: {cause}"))
    }
}

impl Store {
    /// Removes every valid checkpoint written before this time, in
    /// milliseconds since the epoch; gives their number (STORE-15).
    pub fn purge(&self, before: u128) -> Result<u64, Error> {
        let mut removed = 0;
        let mut failures = Vec::new();
        let left_out = self.walk(&mut |file: &Found| {
            match self.purge_file(file, before) {
                Ok(true) => removed += 1,
                Ok(false) => {}
                Err(cause) => failures.push((file.path.clone(), cause)),
            }
            None
        })?;
        failures.extend(left_out.into_iter().filter_map(unreadable));
        if failures.is_empty() {
            return Ok(removed);
        }
        let incomplete = Incomplete { removed, failures };
        Err(Error::store(code::PURGE_INCOMPLETE, &self.base, incomplete))
    }

    /// STORE-19.
    pub fn purge_by_age(&self, age: u128) -> Result<u64, Error> {
        self.purge(now_ms().saturating_sub(age))
    }

    fn purge_file(&self, file: &Found, before: u128) -> Result<bool, String> {
        let Some(judged) = old(file, before).map_err(|error| error.to_string())? else {
            return Ok(false);
        };
        let _lock = self.lock(file.dir).map_err(|error| match error {
            LockError::Patience => code::LOCKED.to_owned(),
            LockError::Io(error) => error.to_string(),
        })?;
        let remove = || {
            if file.dir.stat(file.name)?.sameness != judged {
                return Ok(false); // another by now (STORE-17)
            }
            file.dir.remove(file.name)?;
            Ok(true)
        };
        match remove() {
            Err(error) if is(&error, libc::ENOENT) => Ok(false), // somebody else did it
            result => result.map_err(|error: io::Error| error.to_string()),
        }
    }
}

/// The very file that was judged, if it is valid and old enough (STORE-16).
fn old(file: &Found, before: u128) -> io::Result<Option<Sameness>> {
    let Some((open, stat)) = open_regular(file.dir, file.name)? else { return Ok(None) };
    let mut decoder = Decoder::new(BufReader::new(open));
    let judge = || {
        let created = decoder.through(Field::CreatedAtMs)?.created_at_ms;
        if u128::from(created) >= before {
            return Ok(None); // need not be read further (STORE-22)
        }
        decoder.finish()?;
        Ok(Some(stat.sameness))
    };
    match judge() {
        Ok(judged) => Ok(judged),
        Err(ReadError::Fault(_)) => Ok(None),
        Err(ReadError::Io(error)) => Err(error),
    }
}

/// A directory that was left out for its depth counts as unreadable (STORE-9).
fn unreadable(left_out: LeftOut) -> Option<(PathBuf, String)> {
    match left_out.reason {
        Reason::Unreadable(error) => Some((left_out.path, error.to_string())),
        Reason::TooDeep => Some((left_out.path, "nested too deep".to_owned())),
        Reason::Fault(_) => None,
    }
}
