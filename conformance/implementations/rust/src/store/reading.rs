//! Reading one file that a person or a program names (STORE-10, STORE-11).

use super::Store;
use crate::decode::{Decoder, ReadError};
use crate::dir::{stat_of, Dir, Kind, Stat};
use crate::error::{code, is, Error};
use crate::layout::Record;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

impl Store {
    /// The record of any file, wherever it lies and whatever it is called.
    pub fn read(&self, path: &Path) -> Result<Record, Error> {
        let failed = |error: io::Error| {
            let gone = is(&error, libc::ENOENT) || is(&error, libc::ENOTDIR);
            Error::store(if gone { code::MISSING } else { code::UNREADABLE }, path, error)
        };
        let no_file = || Error::store(code::NOT_A_FILE, path, "not a regular file");
        // Looked at first, since opening a device may do something; looked at
        // again, since it may be another by then.
        if !fs::metadata(path).map_err(failed)?.is_file() {
            return Err(no_file());
        }
        let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(no_file());
        }
        Decoder::new(BufReader::new(file)).finish().map_err(|error| match error {
            ReadError::Fault(fault) => Error::Fault(fault),
            ReadError::Io(error) => Error::store(code::UNREADABLE, path, error),
        })
    }
}

/// A regular file below the base and its state before it is read; none if
/// something else has the name, or nothing any more (STORE-3, STORE-4).
pub(crate) fn open_regular(dir: &Dir, name: &OsStr) -> io::Result<Option<(File, Stat)>> {
    match dir.open_file(name) {
        Ok(file) => {
            let stat = stat_of(&file)?;
            Ok((stat.kind == Kind::Regular).then_some((file, stat)))
        }
        // ELOOP: a link by now; ENXIO: a socket or a pipe.
        Err(error) if [libc::ENOENT, libc::ELOOP, libc::ENXIO].iter().any(|e| is(&error, *e)) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
