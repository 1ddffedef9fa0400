//! The lock on a directory (SAFE-6).

use super::Store;
use crate::dir::{try_lock, Dir};
use crate::error::is;
use std::fs::File;
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A directory that is open for reading, and locked until this is dropped.
pub(super) struct Locked {
    /// To flush it.
    pub directory: File,
    /// False where the file system has no locks.
    pub held: bool,
}

pub(super) enum LockError {
    /// Somebody else had it all the time.
    Patience,
    Io(io::Error),
}

impl Store {
    pub(super) fn lock(&self, dir: &Dir) -> Result<Locked, LockError> {
        let directory = dir.readable().map_err(LockError::Io)?;
        let end = Instant::now() + self.patience;
        loop {
            match try_lock(&directory) {
                Ok(()) => return Ok(Locked { directory, held: true }),
                Err(e) if is(&e, libc::EWOULDBLOCK) && Instant::now() >= end => {
                    return Err(LockError::Patience)
                }
                Err(e) if is(&e, libc::EWOULDBLOCK) => sleep(Duration::from_millis(5)),
                Err(e) if is(&e, libc::EINTR) => {}
                Err(_) => return Ok(Locked { directory, held: false }),
            }
        }
    }
}
