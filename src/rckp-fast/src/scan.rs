//! The scanner: the rules of decoding, part by part, over bytes in memory (DEC-1).
//!
//! It depends on the roles of parts, and on the layout only through [`PARTS`], which is generated.

use crate::layout::{PARTS, RECORD_FIELDS};

/// What a part is, as `rckp.format.layout` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Magic(&'static [u8]),
    /// A little-endian integer of eight bytes.
    Integer,
    /// A little-endian integer of four bytes: the size of the content that follows.
    Length,
    Content,
    /// 0 or 1. After 0, the other parts of the field are absent.
    Flag,
    /// One byte, less than the number of statuses.
    Status(u8),
    End,
}

/// The smallest unit of a file that is validated.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub field: &'static str,
    /// The position of the value in the record, for a part that has one.
    pub index: usize,
    pub role: Role,
}

/// A value of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    Absent,
    Integer(u64),
    Text(&'a str),
    Status(u8),
}

pub type Values<'a> = [Value<'a>; RECORD_FIELDS];

/// The error of a file, as DEC-10 specifies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanError {
    pub code: &'static str,
    pub field: &'static str,
    pub offset: usize,
    /// Of `truncated`: the number of bytes that the part takes, and of those that are there.
    pub bytes: Option<(usize, usize)>,
    /// The number of bytes at `offset` to highlight; 0 if they are missing.
    pub length: usize,
}

/// Return the values of a valid file, or its error.
pub fn scan(data: &[u8]) -> Result<Values<'_>, ScanError> {
    let mut values = [Value::Absent; RECORD_FIELDS];
    let mut at = 0;
    let mut declared = 0;
    let mut absent = None;
    for part in &PARTS {
        if absent == Some(part.index) {
            continue;
        }
        let size = match part.role {
            Role::Magic(magic) => magic.len(),
            Role::Integer => 8,
            Role::Length => 4,
            Role::Content => declared,
            Role::Flag | Role::Status(_) => 1,
            Role::End => 0,
        };
        let rest = &data[at..];
        let Some(bytes) = rest.get(..size) else {
            return Err(ScanError {
                bytes: Some((size, rest.len())),
                length: rest.len(),
                ..part.error("truncated", at)
            });
        };
        let value = match part.role {
            Role::Magic(magic) if bytes != magic => {
                return Err(ScanError {
                    length: size,
                    ..part.error("bad-magic", at)
                });
            }
            Role::Magic(_) => None,
            Role::Integer => Some(Value::Integer(little_endian(bytes))),
            Role::Length => {
                // Four bytes; where `usize` has fewer than 33 bits, no buffer is longer either.
                declared = usize::try_from(little_endian(bytes)).unwrap_or(usize::MAX);
                None
            }
            Role::Content => match simdutf8::compat::from_utf8(bytes) {
                Ok(text) => Some(Value::Text(text)),
                Err(error) => {
                    let valid = error.valid_up_to();
                    let length = error.error_len().unwrap_or(size - valid);
                    return Err(ScanError {
                        length,
                        ..part.error("invalid-utf8", at + valid)
                    });
                }
            },
            Role::Flag => match bytes[0] {
                0 => {
                    absent = Some(part.index);
                    None
                }
                1 => None,
                _ => return Err(part.error("invalid-option-flag", at)),
            },
            Role::Status(count) if bytes[0] >= count => {
                return Err(part.error("invalid-status", at));
            }
            Role::Status(_) => Some(Value::Status(bytes[0])),
            Role::End if !rest.is_empty() => {
                let length = rest.len();
                return Err(ScanError {
                    length,
                    ..part.error("trailing-bytes", at)
                });
            }
            Role::End => None,
        };
        if let Some(value) = value {
            values[part.index] = value;
        }
        at += size;
    }
    Ok(values)
}

/// Return the number of bytes, from the first on, that are whole well-formed sequences.
pub fn well_formed_prefix(data: &[u8]) -> usize {
    match simdutf8::compat::from_utf8(data) {
        Ok(_) => data.len(),
        Err(error) => error.valid_up_to(),
    }
}

impl Part {
    fn error(&self, code: &'static str, offset: usize) -> ScanError {
        ScanError {
            code,
            field: self.field,
            offset,
            bytes: None,
            length: 1,
        }
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}
