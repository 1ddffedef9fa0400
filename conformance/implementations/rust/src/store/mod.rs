//! The store: a base directory and what is done with the checkpoints below it.

mod deleting;
mod judging;
mod listing;
mod locking;
mod place;
mod purging;
mod reading;
mod temporary;
mod writing;

pub use listing::{LeftOut, Reason};
pub(crate) use reading::open_regular;

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// How long a checkpoint lasts (SAFE-15).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    #[default]
    Full,
    File,
    None,
}

pub struct Store {
    base: PathBuf,
    durability: Durability,
    patience: Duration,
    /// The scopes whose directories above have been flushed; once is enough.
    flushed: Mutex<HashSet<PathBuf>>,
}

impl Store {
    pub fn new(base: impl Into<PathBuf>) -> Store {
        Store {
            base: base.into(),
            durability: Durability::default(),
            patience: Duration::from_secs(30), // SAFE-6
            flushed: Mutex::default(),
        }
    }

    pub fn with_durability(self, durability: Durability) -> Store {
        Store { durability, ..self }
    }

    /// How long to wait for a lock.
    pub fn with_patience(self, patience: Duration) -> Store {
        Store { patience, ..self }
    }

    pub fn base(&self) -> &Path {
        &self.base
    }

    /// A path below the base, which it begins with as it was given.
    fn below(&self, relative: &Path) -> PathBuf {
        let mut path = self.base.as_os_str().as_bytes().to_vec();
        if !path.is_empty() && !path.ends_with(b"/") {
            path.push(b'/');
        }
        path.extend(relative.as_os_str().as_bytes());
        PathBuf::from(OsString::from_vec(path))
    }
}

/// The components of a path; empty ones and those that are `.` do not count.
fn components(path: &Path) -> Vec<&OsStr> {
    path.as_os_str()
        .as_bytes()
        .split(|byte| *byte == b'/')
        .filter(|name| !name.is_empty() && *name != b".")
        .map(OsStr::from_bytes)
        .collect()
}

fn is_absolute(path: &Path) -> bool {
    path.as_os_str().as_bytes().starts_with(b"/")
}
