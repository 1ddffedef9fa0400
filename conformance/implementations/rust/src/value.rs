//! Records from loosely typed sources (JSON, scripts), where a value may be of
//! the wrong type: checked in the order that ENC-8 asks for.

use crate::encode::check_length;
use crate::error::{code, Error};
use crate::layout::{Field, Record, Status, Type};
use std::borrow::Cow;

/// A text as languages have it: of scalar values, or of UTF-16 units, where a
/// surrogate may be unpaired.
#[derive(Clone, Debug)]
pub enum Text {
    Scalars(String),
    Units(Vec<u16>),
}

impl Text {
    /// The string, or a refusal that names the field (ENC-5, IDENT-3). Never a
    /// replacement character.
    pub fn string(&self, field: Field) -> Result<Cow<'_, str>, Error> {
        match self {
            Text::Scalars(text) => Ok(Cow::Borrowed(text)),
            Text::Units(units) => String::from_utf16(units)
                .map(Cow::Owned)
                .map_err(|_| Error::refusal(code::LONE_SURROGATE, field.name())),
        }
    }
}

#[derive(Clone, Debug)]
pub enum Value {
    Absent,
    Boolean(bool),
    Float(f64),
    /// What does not fit is as far out of range as its nearest `i128`.
    Integer(i128),
    Text(Text),
    Bytes(Vec<u8>),
    Status(Status),
}

impl Record {
    /// A record of these values, or the error of the first that cannot be
    /// encoded: a missing field, an unknown one, then the others by layout.
    pub fn from_values(values: &[(String, Value)]) -> Result<Record, Error> {
        let wrong_type = |name: &str| Err(Error::refusal(code::WRONG_TYPE, name));
        let get = |field: Field| values.iter().find(|(name, _)| name == field.name());
        if let Some(field) = Field::of_record().iter().find(|field| get(**field).is_none()) {
            return wrong_type(field.name());
        }
        let known = |name: &str| Field::of_record().iter().any(|field| field.name() == name);
        if let Some((name, _)) = values.iter().find(|(name, _)| !known(name)) {
            return wrong_type(name);
        }
        let mut record = Record::default();
        for &field in Field::of_record() {
            let (_, value) = get(field).expect("none is missing");
            record.set(field, value)?;
        }
        Ok(record)
    }

    fn set(&mut self, field: Field, value: &Value) -> Result<(), Error> {
        match (field.type_(), value) {
            (Type::U64, Value::Integer(value)) => {
                let value = u64::try_from(*value)
                    .map_err(|_| Error::refusal(code::INTEGER_OUT_OF_RANGE, field.name()))?;
                *self.integer_mut(field) = value; // ENC-3
            }
            (Type::String, Value::Text(text)) => {
                *self.string_mut(field) = checked_string(field, text)?;
            }
            (Type::OptionString, Value::Absent) => *self.option_mut(field) = None,
            (Type::OptionString, Value::Text(text)) => {
                *self.option_mut(field) = Some(checked_string(field, text)?);
            }
            (Type::Status, Value::Status(status)) => self.status = *status,
            _ => return Err(Error::refusal(code::WRONG_TYPE, field.name())), // ENC-4
        }
        Ok(())
    }

    fn integer_mut(&mut self, field: Field) -> &mut u64 {
        match field {
            Field::CreatedAtMs => &mut self.created_at_ms,
            Field::RandomSeed => &mut self.random_seed,
            Field::AlgorithmSignatureHash => &mut self.algorithm_signature_hash,
            Field::ProblemSignatureHash => &mut self.problem_signature_hash,
            Field::ElapsedMillis => &mut self.elapsed_millis,
            _ => unreachable!("{field:?} is no integer"),
        }
    }

    fn string_mut(&mut self, field: Field) -> &mut String {
        match field {
            Field::RunId => &mut self.run_id,
            Field::AlgorithmName => &mut self.algorithm_name,
            Field::AlgorithmParameters => &mut self.algorithm_parameters,
            Field::ProblemDescription => &mut self.problem_description,
            Field::ProblemParameters => &mut self.problem_parameters,
            Field::StepStatePayload => &mut self.step_state_payload,
            _ => unreachable!("{field:?} is no string"),
        }
    }

    fn option_mut(&mut self, field: Field) -> &mut Option<String> {
        match field {
            Field::SeedPayload => &mut self.seed_payload,
            Field::ErrorMessage => &mut self.error_message,
            _ => unreachable!("{field:?} is no option"),
        }
    }
}

fn checked_string(field: Field, text: &Text) -> Result<String, Error> {
    let text = text.string(field)?;
    check_length(field, &text)?;
    Ok(text.into_owned())
}
