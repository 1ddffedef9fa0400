//! Writing safely: at each moment the old checkpoint or the new one is there,
//! whole (SAFE-1). The order of the steps is that of SAFE-11.

use super::judging::{judge, InTheWay};
use super::locking::{LockError, Locked};
use super::place::Place;
use super::{temporary, Durability, Store};
use crate::dir::{
    check_close, flush_directory, random, set_bits, set_owner, stat_of, Dir, Kind, Stat,
};
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
        let mut failure = flush_directory(&lock.directory).err();
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
        result => flush_directory(&result?),
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
        let bits = first_bits(in_the_way.as_ref());
        let replaces = match judge(self.dir, self.name, run_id).map_err(failed)? {
            InTheWay::Ours(stat) => Some(stat),
            _ => None,
        };
        let (temporary, file) = self.fill_temporary(data, bits, replaces).map_err(failed)?;
        let uncertain = self.publish(&temporary, &file, bits, run_id)?;
        let unchecked = self.check_published(&file, run_id)?;
        Ok(uncertain.or(unchecked))
    }

    /// Makes sure that the name leads to the file (SAFE-18). Without the lock
    /// another writer of this run may have replaced it, or somebody removed it.
    /// Gives what kept it from looking: the file has its name all the same (SAFE-13).
    fn check_published(&self, file: &File, run_id: &str) -> Result<Option<io::Error>, Error> {
        match self.leads_to(self.name, file) {
            Ok(true) => return Ok(None),
            Ok(false) => {}
            Err(error) => return Ok(Some(error)),
        }
        if !self.lock.held {
            match judge(self.dir, self.name, run_id) {
                Ok(InTheWay::Nothing | InTheWay::Ours(_)) => return Ok(None),
                Ok(_) => {}
                Err(error) => return Ok(Some(error)),
            }
        }
        if self.dir.stat(self.name).is_ok_and(|stat| stat.kind == Kind::Link) {
            let _ = self.dir.remove(self.name);
        }
        Err(Error::store(code::NOT_WRITTEN, self.path, replaced()))
    }

    fn leads_to(&self, name: &OsStr, file: &File) -> io::Result<bool> {
        match self.dir.stat(name) {
            Err(error) if is(&error, libc::ENOENT) => Ok(false),
            result => Ok(result?.is_same_file(&stat_of(file)?)),
        }
    }

    /// What is about to get the name must be the file that was written (SAFE-18).
    fn check_temporary(&self, temporary: &OsStr, file: &File) -> io::Result<()> {
        if self.leads_to(temporary, file)? { Ok(()) } else { Err(replaced()) }
    }

    fn publish(
        &mut self,
        temporary: &OsStr,
        file: &File,
        bits: u32,
        run_id: &str,
    ) -> Result<Option<io::Error>, Error> {
        let path = self.path;
        let failed = |error: io::Error| Error::store(code::NOT_WRITTEN, path, error);
        loop {
            match judge(self.dir, self.name, run_id).map_err(failed)? {
                InTheWay::Nothing => {
                    give_default_bits(file, bits).map_err(failed)?;
                    self.check_temporary(temporary, file).map_err(failed)?;
                    match self.dir.link(temporary, self.name) {
                        Ok(()) => {
                            let removed = self.dir.remove(temporary);
                            self.temporary = None;
                            return Ok(removed.err());
                        }
                        Err(error) if is(&error, libc::EEXIST) => continue, // judge that one
                        Err(error) if no_links(&error) => {}
                        Err(error) => return Err(failed(error)),
                    }
                }
                InTheWay::Ours(stat) => inherit(file, &stat, path).map_err(failed)?, // SAFE-16
                InTheWay::Anothers => {
                    let cause = "another run has this name";
                    return Err(Error::store(code::RUN_ID_COLLISION, path, cause));
                }
                InTheWay::Directory => {
                    return Err(Error::store(code::NOT_A_FILE, path, "it is a directory"))
                }
                InTheWay::Foreign => {
                    give_default_bits(file, bits).map_err(failed)?;
                    self.keep().map_err(failed)?;
                }
            }
            self.check_temporary(temporary, file).map_err(failed)?;
            self.dir.rename(temporary, self.name).map_err(failed)?;
            self.aside = None; // the only name now of what was in the way
            self.temporary = None;
            return Ok(None);
        }
    }

    /// A new file with these data, flushed, and open until it has its name. It
    /// gets owner, group and bits of what it replaces.
    fn fill_temporary(
        &mut self,
        data: &[u8],
        bits: u32,
        replaces: Option<Stat>,
    ) -> io::Result<(OsString, File)> {
        let (name, mut file) = temporary::create(self.dir, bits)?;
        self.temporary = Some(name.clone());
        file.write_all(data)?;
        if stat_of(&file)?.size != data.len() as u64 {
            return Err(io::Error::other("the file has not the length of its data"));
        }
        if let Some(stat) = replaces {
            inherit(&file, &stat, self.path)?;
        }
        match self.store.durability {
            Durability::None => check_close(&file)?,
            _ => file.sync_all()?,
        }
        Ok((name, file))
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
        // Before the rename, with the durabilities full and file (SAFE-15).
        match self.store.durability {
            Durability::None => Ok(()),
            _ => flush_directory(&self.lock.directory),
        }
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
/// meanwhile who could not read what it replaces. A group gets nothing before
/// the file has the right one.
fn first_bits(in_the_way: Option<&Stat>) -> u32 {
    match in_the_way {
        None => DEFAULT_BITS,
        Some(stat) if stat.kind == Kind::Regular => DEFAULT_BITS & 0o700 & (stat.bits | 0o200),
        Some(stat) => DEFAULT_BITS & (stat.bits | 0o200),
    }
}

/// The bits that the system gives to new files, if it got fewer at first.
fn give_default_bits(file: &File, bits: u32) -> io::Result<()> {
    if bits == DEFAULT_BITS { Ok(()) } else { set_bits(file, DEFAULT_BITS & !umask()) }
}

/// Group, permissions and owner of another file, in this order (SAFE-16).
/// Without the group, both the group and others get what both had.
fn inherit(file: &File, there: &Stat, path: &Path) -> io::Result<()> {
    let ours = stat_of(file)?;
    let (mut bits, mut kept) = (there.bits, true);
    if ours.group != there.group && !set_owner(file, None, Some(there.group))? {
        let both = bits >> 3 & bits & 0o007;
        (bits, kept) = (bits & 0o700 | both << 3 | both, false);
    }
    if ours.bits != bits {
        set_bits(file, bits)?;
    }
    if ours.owner != there.owner {
        kept &= set_owner(file, Some(there.owner), None)?;
    }
    if !kept {
        eprintln!("{path:?}: owner or group could not be kept");
    }
    Ok(())
}

fn replaced() -> io::Error {
    io::Error::other("another program has replaced the file")
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
