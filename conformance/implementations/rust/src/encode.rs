//! Encoding: a record becomes the one sequence of bytes that encodes it.

use crate::error::{code, Error};
use crate::layout::{Field, Record, MAGIC};

/// The types of [`Record`] rule out all that cannot be encoded but a string
/// that is too long. Values of other types: [`Record::from_values`].
pub fn encode(record: &Record) -> Result<Vec<u8>, Error> {
    check_lengths(record)?; // before any byte is produced (ENC-7)
    let mut out = MAGIC.to_vec();
    integer(&mut out, record.created_at_ms);
    string(&mut out, &record.run_id);
    integer(&mut out, record.random_seed);
    string(&mut out, &record.algorithm_name);
    string(&mut out, &record.algorithm_parameters);
    string(&mut out, &record.problem_description);
    string(&mut out, &record.problem_parameters);
    integer(&mut out, record.algorithm_signature_hash); // as stored (IDENT-4)
    integer(&mut out, record.problem_signature_hash);
    string(&mut out, &record.step_state_payload);
    option(&mut out, &record.seed_payload);
    integer(&mut out, record.elapsed_millis);
    out.push(record.status as u8);
    option(&mut out, &record.error_message);
    Ok(out)
}

fn check_lengths(record: &Record) -> Result<(), Error> {
    let strings = [
        (Field::RunId, Some(&record.run_id)),
        (Field::AlgorithmName, Some(&record.algorithm_name)),
        (Field::AlgorithmParameters, Some(&record.algorithm_parameters)),
        (Field::ProblemDescription, Some(&record.problem_description)),
        (Field::ProblemParameters, Some(&record.problem_parameters)),
        (Field::StepStatePayload, Some(&record.step_state_payload)),
        (Field::SeedPayload, record.seed_payload.as_ref()),
        (Field::ErrorMessage, record.error_message.as_ref()),
    ];
    for (field, text) in strings {
        check_length(field, text.map_or("", |text| text))?;
    }
    Ok(())
}

/// ENC-6.
pub(crate) fn check_length(field: Field, text: &str) -> Result<(), Error> {
    match u32::try_from(text.len()) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::refusal(code::STRING_TOO_LONG, field.name())),
    }
}

fn integer(out: &mut Vec<u8>, value: u64) {
    out.extend(value.to_le_bytes()); // TYPE-1
}

fn string(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u32).to_le_bytes()); // fits: check_lengths
    out.extend(text.as_bytes());
}

/// ENC-2.
fn option(out: &mut Vec<u8>, value: &Option<String>) {
    match value {
        None => out.push(0),
        Some(text) => {
            out.push(1);
            string(out, text);
        }
    }
}
