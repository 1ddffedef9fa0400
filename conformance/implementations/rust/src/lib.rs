//! RCKP checkpoints, after edition 1.0 of the specification. Comments name the
//! requirement (such as DEC-1) beside the code that meets it.
//!
//! * [`decode()`], [`encode()`]: a file and its [`Record`]
//! * [`Identity`], [`names`], [`run_id`], [`base_dir()`]: hashes, names, places
//! * [`Store`]: checkpoints in directories; [`selection`]: which one to resume
//!
//! Directories are handled by descriptors (`openat` and its kin), so the store
//! needs Linux.

mod base_dir;
mod decode;
mod dir;
mod encode;
mod error;
mod identity;
mod layout;
pub mod names;
pub mod run_id;
pub mod selection;
mod store;
mod value;

pub use base_dir::{base_dir, System};
pub use decode::{decode, Decoder, Fault, ReadError};
pub use encode::encode;
pub use error::{code, Error, Refusal, StoreError};
pub use identity::{stable_hash, Identity};
pub use layout::{Field, Record, Status, Type};
pub use store::{Durability, LeftOut, Reason, Store};
pub use value::{Text, Value};
