//! The published crate as an implementation under test: speaks the adapter protocol
//! (docs/protocol.md). What the crate's public interface does not allow is unsupported.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs, process};

use roma_lib::utils::path::{resolve_checkpoint_dir, CheckpointPathConfig};
use roma_lib::{delete_snapshot_on_success, read_snapshot, write_snapshot};
use serde_json::{json, Map, Value};

type Object = Map<String, Value>;

enum Refusal {
    Failed(io::Error),
    Unsupported(String),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Refusal::Failed(error)
    }
}

type Outcome = Result<Object, Refusal>;

fn unsupported<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Unsupported(reason.into()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex"))
        .collect()
}

fn path_of(question: &Object, member: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let bytes = unhex(question[member].as_str().expect("a path in hex"));
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

fn path_hex(path: &Path) -> String {
    hex(path.as_os_str().as_encoded_bytes())
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(members) => members,
        _ => unreachable!("only objects are given"),
    }
}

/// The type of a record has no public name, so functions cannot pass one on.
macro_rules! as_json {
    ($given:expr) => {{
        let r = $given;
        json!({"record": {
            "created_at_ms": r.created_at_ms.to_string(),
            "run_id": r.run_id,
            "random_seed": r.random_seed.to_string(),
            "algorithm_name": r.algorithm_name,
            "algorithm_parameters": r.algorithm_parameters,
            "problem_description": r.problem_description,
            "problem_parameters": r.problem_parameters,
            "algorithm_signature_hash": r.algorithm_signature_hash.to_string(),
            "problem_signature_hash": r.problem_signature_hash.to_string(),
            "step_state_payload": r.step_state_payload,
            "seed_payload": r.seed_payload,
            "elapsed_millis": r.elapsed_millis.to_string(),
            "status": r.status.as_str(),
            "error_message": r.error_message,
        }})
    }};
}

fn scratch(name: &str) -> PathBuf {
    env::temp_dir().join(format!("rckp-roma-{}-{name}", process::id()))
}

fn decode(question: &Object) -> Outcome {
    let file = scratch("decode.ckpt");
    fs::write(&file, unhex(question["bytes"].as_str().expect("bytes in hex")))?;
    let outcome = read_snapshot(&file);
    fs::remove_file(&file)?;
    Ok(object(as_json!(outcome?)))
}

/// Writes the record of a question with the crate's own writer.
fn write(question: &Object, base: &Path) -> Result<PathBuf, Refusal> {
    let given = question["record"].as_object().expect("a record");
    let text = |name: &str| match given.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        _ => unsupported(format!("Rust's types rule out such a {name}")),
    };
    let integer = |name: &str| match text(name)?.parse::<u64>() {
        Ok(number) => Ok(number),
        Err(_) => unsupported(format!("Rust's types rule out such a {name}")),
    };
    let option = |name: &str| match given.get(name) {
        Some(Value::Null) => Ok(None),
        _ => text(name).map(Some),
    };
    if given.len() != 14 {
        return unsupported("Rust's types rule out a record with other fields");
    }
    // A record can only be read, not made; and its state cannot be set. So begin with
    // the smallest file that has this state.
    let states = ["running", "completed", "failed", "interrupted"];
    let state = text("status")?;
    let Some(byte) = states.iter().position(|name| *name == state) else {
        return unsupported("Rust's types rule out such a status");
    };
    let mut smallest = b"RCKP".to_vec();
    smallest.extend([0; 67]);
    smallest[69] = byte as u8;
    let template = scratch("template.ckpt");
    fs::write(&template, &smallest)?;
    let mut record = read_snapshot(&template)?;
    fs::remove_file(&template)?;
    record.created_at_ms = integer("created_at_ms")?;
    record.run_id = text("run_id")?;
    record.random_seed = integer("random_seed")?;
    record.algorithm_name = text("algorithm_name")?;
    record.algorithm_parameters = text("algorithm_parameters")?;
    record.problem_description = text("problem_description")?;
    record.problem_parameters = text("problem_parameters")?;
    record.algorithm_signature_hash = integer("algorithm_signature_hash")?;
    record.problem_signature_hash = integer("problem_signature_hash")?;
    record.step_state_payload = text("step_state_payload")?;
    record.seed_payload = option("seed_payload")?;
    record.elapsed_millis = integer("elapsed_millis")?;
    record.error_message = option("error_message")?;
    Ok(write_snapshot(base, &record)?)
}

fn encode(question: &Object) -> Outcome {
    let base = scratch("encode");
    let outcome = write(question, &base);
    let bytes = outcome.and_then(|path| Ok(fs::read(path)?));
    let _ = fs::remove_dir_all(&base);
    match bytes {
        Ok(bytes) => Ok(object(json!({"bytes": hex(&bytes)}))),
        Err(Refusal::Failed(error)) => {
            unsupported(format!("the crate encodes only into a file of its own naming: {error}"))
        }
        Err(refusal) => Err(refusal),
    }
}

fn base_dir(question: &Object) -> Outcome {
    if question["system"] != "linux" {
        return unsupported("the crate looks at the system that it was compiled for");
    }
    for (name, _) in env::vars_os() {
        env::remove_var(name);
    }
    let given: BTreeMap<&String, &Value> =
        question["environment"].as_object().expect("an object").iter().collect();
    for (name, value) in given {
        env::set_var(name, value.as_str().expect("a text"));
    }
    let mut config = CheckpointPathConfig::default();
    if !question["explicit"].is_null() {
        config = config.with_explicit_dir(path_of(question, "explicit"));
    }
    if !question["project"].is_null() {
        config = config.with_project_fallback_dir(path_of(question, "project"));
    }
    Ok(object(json!({"path": path_hex(&resolve_checkpoint_dir(&config))})))
}

fn run(question: &Object) -> Outcome {
    match question["op"].as_str().expect("a text") {
        "decode" => decode(question),
        "encode" => encode(question),
        "read" => Ok(object(as_json!(read_snapshot(&path_of(question, "path"))?))),
        "write" => {
            let path = write(question, &path_of(question, "base"))?;
            Ok(object(json!({"path": path_hex(&path)})))
        }
        "delete" => {
            let removed = delete_snapshot_on_success(&path_of(question, "path"))?;
            Ok(object(json!({"removed": removed})))
        }
        "base-dir" => base_dir(question),
        op => unsupported(format!("the crate has no public function for {op}")),
    }
}

/// The code that an error of the crate tells: by its kind, or by the only words it has.
fn code_of(error: &io::Error) -> Option<&'static str> {
    let said = error.to_string();
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Some("truncated"),
        io::ErrorKind::NotFound => Some("missing"),
        io::ErrorKind::InvalidData => [
            ("magic", "bad-magic"),
            ("UTF-8", "invalid-utf8"),
            ("option flag", "invalid-option-flag"),
            ("status byte", "invalid-status"),
            ("trailing", "trailing-bytes"),
        ]
        .iter()
        .find_map(|(word, code)| said.contains(word).then_some(*code)),
        _ => None,
    }
}

fn main() {
    let mut stdout = io::stdout();
    for line in io::stdin().lock().lines() {
        let question: Object =
            serde_json::from_str(&line.expect("a line of UTF-8")).expect("an object");
        let mut answer = match question["type"].as_str() {
            Some("hello") => object(json!({
                "type": "hello", "name": "roma_lib", "version": "0.1.2", "language": "Rust",
                "classes": ["reader", "writer", "identity", "store"],
            })),
            Some("run") => {
                let mut answer = match run(&question) {
                    Ok(members) => {
                        let mut answer = object(json!({"type": "ok"}));
                        answer.extend(members);
                        answer
                    }
                    Err(Refusal::Failed(error)) => {
                        let mut answer = object(json!({"type": "error"}));
                        if let Some(code) = code_of(&error) {
                            answer.insert("code".into(), code.into());
                        }
                        answer
                    }
                    Err(Refusal::Unsupported(reason)) => {
                        object(json!({"type": "unsupported", "reason": reason}))
                    }
                };
                answer.insert("id".into(), question["id"].clone());
                answer
            }
            _ => return,
        };
        let text = Value::Object(std::mem::take(&mut answer)).to_string();
        writeln!(stdout, "{text}").and_then(|()| stdout.flush()).expect("somebody listens");
    }
}
