//! Whose is what has the name that a checkpoint is to get?

use crate::decode::{Decoder, ReadError};
use crate::dir::{stat_of, Dir, Kind, Stat};
use crate::error::is;
use crate::layout::Field;
use std::ffi::OsStr;
use std::io::{self, BufReader};

pub(super) enum InTheWay {
    Nothing,
    /// The run's own checkpoint, or an empty file (SAFE-9).
    Ours(Stat),
    /// Another run's (SAFE-8).
    Anothers,
    Directory,
    /// To be kept (SAFE-10).
    Foreign,
}

/// Fails when a regular file cannot be read: whose it is cannot be told.
pub(super) fn judge(dir: &Dir, name: &OsStr, run_id: &str) -> io::Result<InTheWay> {
    let stat = match dir.stat(name) {
        Err(error) if is(&error, libc::ENOENT) => return Ok(InTheWay::Nothing),
        result => result?,
    };
    match stat.kind {
        Kind::Directory => return Ok(InTheWay::Directory),
        Kind::Link | Kind::Other => return Ok(InTheWay::Foreign),
        Kind::Regular if stat.size == 0 => return Ok(InTheWay::Ours(stat)),
        Kind::Regular => {}
    }
    let file = match dir.open_file(name) {
        Err(error) if is(&error, libc::ENOENT) => return Ok(InTheWay::Nothing),
        result => result?,
    };
    let stat = stat_of(&file)?;
    match Decoder::new(BufReader::new(file)).through(Field::RunId) {
        Ok(head) if head.run_id == run_id => Ok(InTheWay::Ours(stat)),
        Ok(_) => Ok(InTheWay::Anothers),
        Err(ReadError::Fault(_)) => Ok(InTheWay::Foreign),
        Err(ReadError::Io(error)) => Err(error),
    }
}
