//! Writing safely: at each moment the old checkpoint or the new one is there,
//! whole (SAFE-1). The order of the steps is that of SAFE-11.

use super::judging::{judge, InTheWay};
use super::locking::{LockError, Locked};
use super::place::Place;
use super::{temporary, Durability, Store};
use crate::dir::{random, stat_of, Dir};
use crate::encode::encode;
use crate::error::{code, is, Error};
use crate::layout::Record;
use crate::names;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

impl Store {
    /// Writes a record to its place below the base and gives its path.
    pub fn write(&self, record: &Record) -> Result<PathBuf, Error> {
        let data = encode(record)?;
        let scope = names::scope_of(record);
        let file_name = names::file_name(&record.run_id);
        let scope_path = self.below(&Path::new(&scope[0]).join(&scope[1]));
        let path = scope_path.join(&file_name);

        let place = self.place(&scope, &file_name)?;
        let lock = self.lock(&place.scope).map_err(|error| match error {
            LockError::Patience => Error::store(code::LOCKED, &path, "another process holds it"),
            LockError::Io(error) => self.not_written(&path, error),
        })?;
        temporary::sweep(&place.scope, lock.held);

        let mut writer = Writer {
            store: self,
            dir: &place.scope,
            lock: &lock,
            name: OsStr::new(&file_name),
            path: &path,
            temporary: None,
            aside: None,
        };
        let uncertain = writer.put_in_place(&data, &record.run_id).inspect_err(|_| {
            writer.clean_up(); // SAFE-12
        })?;
        let uncertain = uncertain.or(self.make_last(&place, &lock, &scope_path));
        match uncertain {
            None => Ok(path),
            Some(error) => Err(Error::store(code::DURABILITY_UNCERTAIN, &path, error)), // SAFE-13
        }
    }

    /// Flushes the directories. All are tried; gives the first failure.
    fn make_last(&self, place: &Place, lock: &Locked, scope: &Path) -> Option<io::Error> {
        if self.durability != Durability::Full {
            return None;
        }
        let mut failure = lock.directory.sync_all().err();
        let mut flushed = self.flushed.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !flushed.contains(scope) {
            for dir in place.above.iter().rev() {
                failure = failure.or(flush_if_permitted(dir).err());
            }
        }
        if failure.is_none() {
            flushed.insert(scope.to_owned());
        } else {
            flushed.remove(scope); // the next write flushes anew (SAFE-14)
        }
        failure
    }
}

fn flush_if_permitted(dir: &Dir) -> io::Result<()> {
    match dir.readable() {
        Err(error) if is(&error, libc::EACCES) || is(&error, libc::EPERM) => Ok(()),
        result => result?.sync_all(),
    }
}

/// One write into a scope that is locked.
struct Writer<'a> {
    store: &'a Store,
    dir: &'a Dir,
    lock: &'a Locked,
    name: &'a OsStr,
    path: &'a Path,
    /// The temporary file, while it has that name.
    temporary: Option<OsString>,
    /// The other name of what was in the way.
    aside: Option<Aside>,
}

enum Aside {
    /// A second name.
    Linked(OsString),
    /// Its only name, where links are not to be had.
    Renamed(OsString),
}

impl Writer<'_> {
    /// Up to and including the link or the rename. Gives what failed after it.
    fn put_in_place(&mut self, data: &[u8], run_id: &str) -> Result<Option<io::Error>, Error> {
        let path = self.path;
        let failed = |error: io::Error| Error::store(code::NOT_WRITTEN, path, error);
        let in_the_way = self.dir.stat(self.name).ok();
        let bits = first_bits(in_the_way.map(|stat| stat.bits));
        let temporary = self.fill_temporary(data, bits).map_err(failed)?;
        loop {
            match judge(self.dir, self.name, run_id).map_err(failed)? {
                InTheWay::Nothing => {
                    self.give_default_bits(&temporary, bits).map_err(failed)?;
                    match self.dir.link(&temporary, self.name) {
                        Ok(()) => {
                            let removed = self.dir.remove(&temporary);
                            self.temporary = None;
                            return Ok(removed.err());
                        }
                        Err(error) if is(&error, libc::EEXIST) => continue, // judge that one
                        Err(error) if no_links(&error) => {}
                        Err(error) => return Err(failed(error)),
                    }
                }
                InTheWay::Ours { bits } => {
                    self.dir.set_bits(&temporary, bits).map_err(failed)?; // SAFE-16
                }
                InTheWay::Anothers => {
                    let cause = "another run has this name";
                    return Err(Error::store(code::RUN_ID_COLLISION, path, cause));
                }
                InTheWay::Directory => {
                    return Err(Error::store(code::NOT_A_FILE, path, "it is a directory"))
                }
                InTheWay::Foreign => {
                    self.give_default_bits(&temporary, bits).map_err(failed)?;
                    self.keep().map_err(failed)?;
                }
            }
            self.dir.rename(&temporary, self.name).map_err(failed)?;
            self.temporary = None;
            return Ok(None);
        }
    }

    /// A new file with these data, flushed and closed.
    fn fill_temporary(&mut self, data: &[u8], bits: u32) -> io::Result<OsString> {
        let (name, mut file) = temporary::create(self.dir, bits)?;
        self.temporary = Some(name.clone());
        file.write_all(data)?;
        if stat_of(&file)?.size != data.len() as u64 {
            return Err(io::Error::other("the file has not the length of its data"));
        }
        self.flush(&file)?;
        Ok(name)
    }

    /// Before the rename, with the durabilities full and file (SAFE-15).
    fn flush(&self, file: &File) -> io::Result<()> {
        if self.store.durability == Durability::None { Ok(()) } else { file.sync_all() }
    }

    /// The bits that the system gives to new files, if it got fewer at first.
    fn give_default_bits(&self, temporary: &OsStr, bits: u32) -> io::Result<()> {
        if bits == DEFAULT_BITS { Ok(()) } else { self.dir.set_bits(temporary, DEFAULT_BITS & !umask()) }
    }

    /// Keeps what is in the way under another name (SAFE-10).
    fn keep(&mut self) -> io::Result<()> {
        loop {
            let aside = aside_name(self.name, self.dir.longest_name(), random()?);
            match self.dir.link(self.name, &aside) {
                Ok(()) => self.aside = Some(Aside::Linked(aside)),
                Err(error) if is(&error, libc::EEXIST) => continue,
                Err(error) if no_links(&error) => {
                    self.dir.rename(self.name, &aside)?;
                    self.aside = Some(Aside::Renamed(aside));
                }
                Err(error) => return Err(error),
            }
            break;
        }
        self.flush(&self.lock.directory)
    }

    /// Whatever fails here is left to the next sweep.
    fn clean_up(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            let _ = self.dir.remove(&temporary);
        }
        match self.aside.take() {
            None => {}
            Some(Aside::Linked(aside)) => drop(self.dir.remove(&aside)),
            // Unless somebody else has put something there meanwhile.
            Some(Aside::Renamed(aside)) => {
                if self.dir.stat(self.name).is_err_and(|error| is(&error, libc::ENOENT)) {
                    let _ = self.dir.rename(&aside, self.name);
                }
            }
        }
    }
}

const DEFAULT_BITS: u32 = 0o666;

/// SAFE-16: what the temporary file is made with, so that nobody can read it
/// meanwhile who could not read what it replaces.
fn first_bits(in_the_way: Option<u32>) -> u32 {
    DEFAULT_BITS & (in_the_way.unwrap_or(0o777) | 0o200)
}

/// What the process takes from new files; all from others if it is not told.
fn umask() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    line.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok()).unwrap_or(0o077)
}

/// Not the form of a temporary file; shorter than `longest`, not `.ckpt`.
fn aside_name(name: &OsStr, longest: usize, random: u64) -> OsString {
    let suffix = format!(".{random:016x}.kept");
    let name = name.to_string_lossy(); // ASCII: sanitised
    let begin = &name[..name.len().min(longest.saturating_sub(suffix.len()))];
    OsString::from(format!("{begin}{suffix}"))
}

/// Whether the file system, or its rules, do not allow this link.
fn no_links(error: &io::Error) -> bool {
    [libc::EPERM, libc::EACCES, libc::EOPNOTSUPP, libc::ENOSYS, libc::EMLINK]
        .iter()
        .any(|errno| is(error, *errno))
}
