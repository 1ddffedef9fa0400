//! Decoding: the bytes of a file become a record or exactly one fault.

use crate::layout::{Field, Record, Status, MAGIC};
use std::io::{self, Read};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: &'static str,
    pub field: Field,
    pub offset: u64,
    /// Of `truncated`: the bytes wanted and available (DEC-10).
    pub bytes: Option<(u64, u64)>,
}

/// Why a source gave no record: it is at fault, or could not be read.
#[derive(Debug)]
pub enum ReadError {
    Fault(Fault),
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        ReadError::Io(error)
    }
}

pub fn decode(file: &[u8]) -> Result<Record, Fault> {
    Decoder::new(file).finish().map_err(|error| match error {
        ReadError::Fault(fault) => fault,
        ReadError::Io(error) => unreachable!("memory can be read: {error}"),
    })
}

/// Reads a file field by field, so that who has seen enough can stop
/// (STORE-22). How the source cuts its pieces makes no difference (DEC-11).
pub struct Decoder<R> {
    source: R,
    pos: u64,
    fields: std::slice::Iter<'static, Field>,
    record: Record,
}

fn fault<T>(code: &'static str, field: Field, offset: u64) -> Result<T, ReadError> {
    Err(ReadError::Fault(Fault { code, field, offset, bytes: None }))
}

impl<R: Read> Decoder<R> {
    pub fn new(source: R) -> Self {
        const LAYOUT: &[Field] = &Field::LAYOUT;
        Decoder { source, pos: 0, fields: LAYOUT.iter(), record: Record::default() }
    }

    /// Judges all fields up to and with `last`. The record is filled so far,
    /// and no further.
    pub fn through(&mut self, last: Field) -> Result<&Record, ReadError> {
        while self.fields.as_slice().first().is_some_and(|next| *next <= last) {
            let field = *self.fields.next().expect("there is a next one");
            self.read(field)?;
        }
        Ok(&self.record)
    }

    /// Judges the rest. No record of a faulty file gets out (DEC-8).
    pub fn finish(mut self) -> Result<Record, ReadError> {
        self.through(Field::End)?;
        Ok(self.record)
    }

    fn read(&mut self, field: Field) -> Result<(), ReadError> {
        match field {
            Field::Magic => {
                if self.take(field, 4)? != MAGIC {
                    return fault("bad-magic", field, 0); // DEC-3
                }
            }
            Field::CreatedAtMs => self.record.created_at_ms = self.integer(field)?,
            Field::RunId => self.record.run_id = self.string(field)?,
            Field::RandomSeed => self.record.random_seed = self.integer(field)?,
            Field::AlgorithmName => self.record.algorithm_name = self.string(field)?,
            Field::AlgorithmParameters => self.record.algorithm_parameters = self.string(field)?,
            Field::ProblemDescription => self.record.problem_description = self.string(field)?,
            Field::ProblemParameters => self.record.problem_parameters = self.string(field)?,
            Field::AlgorithmSignatureHash => {
                self.record.algorithm_signature_hash = self.integer(field)?
            }
            Field::ProblemSignatureHash => {
                self.record.problem_signature_hash = self.integer(field)?
            }
            Field::StepStatePayload => self.record.step_state_payload = self.string(field)?,
            Field::SeedPayload => self.record.seed_payload = self.option(field)?,
            Field::ElapsedMillis => self.record.elapsed_millis = self.integer(field)?,
            Field::Status => self.record.status = self.status(field)?,
            Field::ErrorMessage => self.record.error_message = self.option(field)?,
            Field::End => {
                let at = self.pos;
                if !self.up_to(1)?.is_empty() {
                    return fault("trailing-bytes", field, at); // DEC-7
                }
            }
        }
        Ok(())
    }

    /// At most `n` bytes, fewer only at the end. The buffer grows with what
    /// arrives and not with what was declared (LIM-1).
    fn up_to(&mut self, n: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.source.by_ref().take(n).read_to_end(&mut bytes)?;
        self.pos += bytes.len() as u64;
        Ok(bytes)
    }

    /// One part, whole (DEC-2).
    fn take(&mut self, field: Field, n: u64) -> Result<Vec<u8>, ReadError> {
        let at = self.pos;
        let bytes = self.up_to(n)?;
        let available = bytes.len() as u64;
        if available < n {
            let bytes = Some((n, available));
            return Err(ReadError::Fault(Fault { code: "truncated", field, offset: at, bytes }));
        }
        Ok(bytes)
    }

    fn byte(&mut self, field: Field) -> Result<u8, ReadError> {
        Ok(self.take(field, 1)?[0])
    }

    fn integer(&mut self, field: Field) -> Result<u64, ReadError> {
        let bytes = self.take(field, 8)?;
        Ok(u64::from_le_bytes(bytes.try_into().expect("eight bytes")))
    }

    fn string(&mut self, field: Field) -> Result<String, ReadError> {
        let length = self.take(field, 4)?;
        let length = u32::from_le_bytes(length.try_into().expect("four bytes"));
        let start = self.pos;
        // All of the content first: cut short is truncated, malformed or not.
        let content = self.take(field, length.into())?;
        match String::from_utf8(content) {
            Ok(text) => Ok(text),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to() as u64;
                fault("invalid-utf8", field, start + valid) // DEC-4
            }
        }
    }

    fn option(&mut self, field: Field) -> Result<Option<String>, ReadError> {
        let at = self.pos;
        match self.byte(field)? {
            0 => Ok(None),
            1 => Ok(Some(self.string(field)?)),
            _ => fault("invalid-option-flag", field, at), // DEC-5
        }
    }

    fn status(&mut self, field: Field) -> Result<Status, ReadError> {
        let at = self.pos;
        match Status::ALL.get(usize::from(self.byte(field)?)) {
            Some(status) => Ok(*status),
            None => fault("invalid-status", field, at), // DEC-6
        }
    }
}
