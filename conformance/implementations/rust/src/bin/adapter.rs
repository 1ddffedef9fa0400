//! The adapter of the conformance suite: reads questions, asks the library,
//! writes what it says. It knows nothing that the library does not.

use rckp::selection::{Chooser, Entry};
use rckp::{
    base_dir, decode, encode, names, run_id, Error, Field, Identity, LeftOut, Record, Status,
    Store, System, Text, Type, Value,
};
use serde_json::{json, Map, Value as Json};
use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let question: Json = serde_json::from_str(&line?)?;
        let answer = match question["type"].as_str() {
            Some("bye") => break,
            Some("hello") => json!({
                "type": "hello", "name": "rckp-rust", "version": env!("CARGO_PKG_VERSION"),
                "language": "Rust",
                "classes": ["reader", "writer", "identity", "store", "selection"],
            }),
            _ => answer(&question),
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(question: &Json) -> Json {
    let mut answer = match ask(question) {
        Ok(mut members) => {
            let kind = if members.get("reason").is_some() { "unsupported" } else { "ok" };
            members["type"] = json!(kind);
            members
        }
        Err(error) => error_json(&error),
    };
    answer["id"] = question["id"].clone();
    answer
}

fn ask(q: &Json) -> Result<Json, Error> {
    let store = || {
        let store = Store::new(path(&q["base"]));
        match q["lock_timeout"].as_str().and_then(|ms| ms.parse().ok()) {
            Some(ms) => store.with_patience(Duration::from_millis(ms)),
            None => store,
        }
    };
    Ok(match text(&q["op"]) {
        "decode" => {
            let record = decode(&bytes(&q["bytes"])).map_err(Error::Fault)?;
            json!({ "record": record_json(&record) })
        }
        "encode" => json!({ "bytes": hex(&encode(&record(&q["record"])?)?) }),
        "signature-hashes" => {
            let (algorithm, problem) = identity(q)?.signature_hashes();
            json!({
                "algorithm_signature_hash": algorithm.to_string(),
                "problem_signature_hash": problem.to_string(),
            })
        }
        "run-id-timestamp" => {
            json!({ "timestamp": run_id::timestamp(text(&q["run_id"])).map(|t| t.to_string()) })
        }
        "file-name" => json!({ "name": hex(names::file_name(text(&q["run_id"])).as_bytes()) }),
        "scope-path" => {
            let hash = |name: &str| text(&q[name]).parse().expect("an integer of 64 bits");
            let scope = names::scope(
                text(&q["algorithm_name"]),
                hash("algorithm_signature_hash"),
                text(&q["problem_description"]),
                hash("problem_signature_hash"),
            );
            json!({ "path": hex(scope.join("/").as_bytes()) })
        }
        "base-dir" => json!({ "path": hex(&ask_base_dir(q)) }),
        "files" => {
            let (paths, left_out) = store().files()?;
            json!({ "paths": paths_json(&paths), "reported": reported(&left_out) })
        }
        "read" => json!({ "record": record_json(&store().read(&path(&q["path"]))?) }),
        "write" => json!({ "path": path_json(&store().write(&record(&q["record"])?)?) }),
        "delete" => json!({ "removed": store().delete(&path(&q["path"]))? }),
        "purge" => json!({ "removed": store().purge(natural(&q["before"]))?.to_string() }),
        "purge-age" => json!({ "removed": store().purge_by_age(natural(&q["age"]))?.to_string() }),
        "list" => {
            let (found, left_out) = store().resumable(&identity(q)?)?;
            let paths: Vec<PathBuf> = found.into_iter().map(|entry| entry.path).collect();
            json!({ "paths": paths_json(&paths), "reported": reported(&left_out) })
        }
        "select" => {
            let identity = identity(q)?;
            let person = |_: &[Entry]| q["answer"].as_str().map(str::to_owned);
            let chooser = match (q.get("run_id"), q.get("answer")) {
                (Some(id), _) => Chooser::Run(text(id)),
                (None, Some(_)) => Chooser::Person(&person),
                (None, None) => Chooser::Nobody,
            };
            let selected = store().select(&identity, &chooser)?;
            json!({ "selected": selected.map(|entry| path_json(&entry.path)) })
        }
        op => json!({ "reason": format!("There is no operation {op}.") }),
    })
}

fn ask_base_dir(q: &Json) -> Vec<u8> {
    let system = match text(&q["system"]) {
        "linux" => System::Linux,
        "macos" => System::MacOs,
        "windows" => System::Windows,
        _ => System::Other,
    };
    let given = |name: &str| q[name].as_str().map(|_| bytes(&q[name]));
    let variable = |name: &str| q["environment"][name].as_str().map(|v| v.as_bytes().to_vec());
    base_dir(system, given("explicit").as_deref(), given("project").as_deref(), variable)
}

fn identity(q: &Json) -> Result<Identity, Error> {
    Identity::from_texts(&Identity::FIELDS.map(|field| any_text(&q[field.name()])))
}

fn record(json: &Json) -> Result<Record, Error> {
    let members: &Map<String, Json> = json.as_object().expect("a record is an object");
    let value = |(name, json): (&String, &Json)| (name.clone(), value(name, json));
    Record::from_values(&members.iter().map(value).collect::<Vec<_>>())
}

/// A plain string is what the type of the field makes of it; an object names
/// its type.
fn value(name: &str, json: &Json) -> Value {
    let field = Field::LAYOUT.into_iter().find(|field| field.name() == name);
    match json {
        Json::Null => Value::Absent,
        Json::String(text) => match field.map(Field::type_) {
            Some(Type::U64) => integer(text),
            Some(Type::Status) if Status::named(text).is_some() => {
                Value::Status(Status::named(text).expect("just seen"))
            }
            _ => Value::Text(Text::Scalars(text.clone())),
        },
        Json::Object(typed) => {
            let (kind, json) = typed.iter().next().expect("one member");
            match kind.as_str() {
                "boolean" => Value::Boolean(text(json) == "true"),
                "float" => Value::Float(text(json).parse().expect("a float")),
                "integer" => integer(text(json)),
                "bytes" => Value::Bytes(bytes(json)),
                _ => Value::Text(any_text(&Json::Object(typed.clone()))),
            }
        }
        _ => panic!("no value: {json}"),
    }
}

fn integer(digits: &str) -> Value {
    let nearest = if digits.starts_with('-') { i128::MIN } else { i128::MAX };
    Value::Integer(digits.parse().unwrap_or(nearest))
}

/// An integer without a sign; a larger one is the largest.
fn natural(json: &Json) -> u128 {
    text(json).parse().unwrap_or(u128::MAX)
}

fn any_text(json: &Json) -> Text {
    if json["utf16"].is_string() {
        let bytes = bytes(&json["utf16"]);
        return Text::Units(bytes.chunks(2).map(|b| u16::from_be_bytes([b[0], b[1]])).collect());
    }
    Text::Scalars(json.as_str().unwrap_or_else(|| text(&json["text"])).to_owned())
}

fn record_json(r: &Record) -> Json {
    json!({
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
        "status": r.status.name(),
        "error_message": r.error_message,
    })
}

fn error_json(error: &Error) -> Json {
    let mut json = json!({ "type": "error", "code": error.code() });
    match error {
        Error::Fault(fault) => {
            json["field"] = json!(fault.field.name());
            json["offset"] = json!(fault.offset.to_string());
            if let Some((wanted, available)) = fault.bytes {
                json["wanted"] = json!(wanted.to_string());
                json["available"] = json!(available.to_string());
            }
        }
        Error::Refusal(refusal) => json["field"] = json!(refusal.field),
        Error::Store(_) => eprintln!("{error}"),
    }
    json
}

fn text(json: &Json) -> &str {
    json.as_str().expect("a string")
}

fn bytes(json: &Json) -> Vec<u8> {
    let digit = |c: u8| (c as char).to_digit(16).expect("hexadecimal") as u8;
    text(json).as_bytes().chunks(2).map(|two| digit(two[0]) << 4 | digit(two[1])).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn path(json: &Json) -> PathBuf {
    OsString::from_vec(bytes(json)).into()
}

fn path_json(path: &Path) -> Json {
    json!(hex(path.as_os_str().as_bytes()))
}

fn paths_json(paths: &[PathBuf]) -> Json {
    paths.iter().map(|path| path_json(path)).collect()
}

fn reported(left_out: &[LeftOut]) -> Json {
    left_out.iter().map(|left_out| path_json(&left_out.path)).collect()
}
