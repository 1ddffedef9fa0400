//! What can go wrong, each with the code that the specification gives it.

use crate::decode::Fault;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The codes of the chapters, but for the faults of a file (see [`Fault`]).
pub mod code {
    pub const INTEGER_OUT_OF_RANGE: &str = "integer-out-of-range";
    pub const WRONG_TYPE: &str = "wrong-type";
    pub const LONE_SURROGATE: &str = "lone-surrogate";
    pub const STRING_TOO_LONG: &str = "string-too-long";

    pub const MISSING: &str = "missing";
    pub const UNREADABLE: &str = "unreadable";
    pub const NOT_A_FILE: &str = "not-a-file";
    pub const NOT_A_DIRECTORY: &str = "not-a-directory";
    pub const NAME_TOO_LONG: &str = "name-too-long";
    pub const RUN_ID_COLLISION: &str = "run-id-collision";
    pub const LOCKED: &str = "lock-timeout";
    pub const NOT_WRITTEN: &str = "not-written";
    pub const DURABILITY_UNCERTAIN: &str = "durability-uncertain";
    pub const NOT_REMOVED: &str = "not-removed";
    pub const OUTSIDE_BASE: &str = "outside-base";
    pub const PURGE_INCOMPLETE: &str = "purge-incomplete";

    pub const CHOICE_NEEDED: &str = "choice-needed";
    pub const INVALID_INDEX: &str = "invalid-index";
    pub const INDEX_OUT_OF_RANGE: &str = "index-out-of-range";
    pub const NOT_OFFERED: &str = "not-offered";
    pub const LISTING_FAILED: &str = "listing-failed";
    pub const NO_SUCH_RUN: &str = "no-such-run";
}

/// Why a record cannot be encoded, or an identity not hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: &'static str,
    pub field: String,
}

/// What a store could not do; also what a selection could not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    pub code: &'static str,
    pub path: PathBuf,
    pub cause: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    Fault(Fault),
    Refusal(Refusal),
    Store(StoreError),
}

impl Error {
    pub fn refusal(code: &'static str, field: impl Into<String>) -> Error {
        Error::Refusal(Refusal { code, field: field.into() })
    }

    pub fn store(code: &'static str, path: &Path, cause: impl fmt::Display) -> Error {
        Error::Store(StoreError { code, path: path.to_owned(), cause: cause.to_string() })
    }

    pub fn code(&self) -> &'static str {
        match self {
            Error::Fault(fault) => fault.code,
            Error::Refusal(refusal) => refusal.code,
            Error::Store(error) => error.code,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Fault(e) => write!(f, "{}: {} at byte {}", e.code, e.field.name(), e.offset),
            Error::Refusal(e) => write!(f, "{}: {}", e.code, e.field.escape_debug()),
            Error::Store(e) => write!(f, "{}: {:?}: {}", e.code, e.path, e.cause),
        }
    }
}

impl std::error::Error for Error {}

/// Whether the system said exactly this.
pub(crate) fn is(error: &io::Error, errno: i32) -> bool {
    error.raw_os_error() == Some(errno)
}
