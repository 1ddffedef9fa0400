//! Compares the scanner with the decoder of `conformance/implementations/rust`, which another
//! author wrote, and its UTF-8 validation with that of the standard library.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rckp_fast::{scan, well_formed_prefix, Value};

fuzz_target!(|data: &[u8]| {
    let prefix = match std::str::from_utf8(data) {
        Ok(text) => text.len(),
        Err(error) => error.valid_up_to(),
    };
    assert_eq!(well_formed_prefix(data), prefix);

    match (scan(data), rckp::decode(data)) {
        (Ok(values), Ok(record)) => {
            assert_eq!(
                values,
                [
                    Value::Integer(record.created_at_ms),
                    text_of(&record.run_id),
                    Value::Integer(record.random_seed),
                    text_of(&record.algorithm_name),
                    text_of(&record.algorithm_parameters),
                    text_of(&record.problem_description),
                    text_of(&record.problem_parameters),
                    Value::Integer(record.algorithm_signature_hash),
                    Value::Integer(record.problem_signature_hash),
                    text_of(&record.step_state_payload),
                    option_of(&record.seed_payload),
                    Value::Integer(record.elapsed_millis),
                    Value::Status(record.status as u8),
                    option_of(&record.error_message),
                ]
            );
        }
        (Err(found), Err(wanted)) => {
            assert_eq!(found.code, wanted.code);
            assert_eq!(found.field, wanted.field.name());
            assert_eq!(found.offset as u64, wanted.offset);
            assert_eq!(found.bytes.map(|(a, b)| (a as u64, b as u64)), wanted.bytes);
            assert!(found.offset + found.length <= data.len());
        }
        (found, wanted) => panic!("{found:?}, not {wanted:?}"),
    }
});

fn text_of(text: &str) -> Value<'_> {
    Value::Text(text)
}

fn option_of(text: &Option<String>) -> Value<'_> {
    text.as_deref().map_or(Value::Absent, text_of)
}
