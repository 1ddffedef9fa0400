//! Temporary files: their names, and what interrupted writers leave behind.

use crate::dir::{random, Dir, Kind};
use crate::error::is;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::time::{SystemTime, UNIX_EPOCH};

const A_DAY: i64 = 24 * 60 * 60;

/// Makes an empty file under a new name (SAFE-5).
pub(super) fn create(dir: &Dir, bits: u32) -> io::Result<(OsString, File)> {
    loop {
        let name = OsString::from(format!(".rckp-{:016x}.tmp", random()?));
        match dir.create_file(&name, bits) {
            Err(error) if is(&error, libc::EEXIST) => {}
            result => return result.map(|file| (name, file)),
        }
    }
}

/// Removes what interrupted writers have left (SAFE-7): whatever is there
/// while the lock is held, since all writers take it, else what is a day old.
/// That it does not succeed keeps nobody from writing.
pub(super) fn sweep(dir: &Dir, lock_held: bool) {
    for (name, kind) in dir.entries().unwrap_or_default() {
        if kind == Kind::Regular && is_temporary(&name) && (lock_held || is_old(dir, &name)) {
            let _ = dir.remove(&name);
        }
    }
}

/// Exactly the form of SAFE-5, and nothing else (SAFE-17).
fn is_temporary(name: &OsStr) -> bool {
    let digits = name
        .as_bytes()
        .strip_prefix(b".rckp-")
        .and_then(|rest| rest.strip_suffix(b".tmp"));
    digits.is_some_and(|digits| {
        digits.len() == 16 && digits.iter().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn is_old(dir: &Dir, name: &OsStr) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs() as i64);
    dir.stat(name).is_ok_and(|stat| stat.modified < now - A_DAY)
}
