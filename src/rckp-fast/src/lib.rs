//! The optional compiled decoder of rckp: `scan` for Rust, and the module `rckp_fast` for Python.

mod layout;
mod scan;

pub use layout::{LAYOUT_SHA256, PARTS, RECORD_FIELDS};
pub use scan::{scan, well_formed_prefix, Part, Role, ScanError, Value, Values};

#[cfg(feature = "python")]
mod python;
