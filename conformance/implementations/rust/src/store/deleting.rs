//! Deleting one checkpoint.

use super::locking::LockError;
use super::{components, is_absolute, Durability, Store};
use crate::dir::{flush_directory, Dir, Kind};
use crate::error::{code, is, Error};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;

impl Store {
    /// Removes what has this name, a link itself included; false if there was
    /// nothing (STORE-12, STORE-13). Directories are never removed (STORE-14).
    pub fn delete(&self, path: &Path) -> Result<bool, Error> {
        let failed = |error: io::Error| Error::store(code::NOT_REMOVED, path, error);
        let names = self.names_below(path).ok_or_else(|| {
            Error::store(code::OUTSIDE_BASE, path, "not below the base directory")
        })?;
        let (name, way) = names.split_last().expect("not empty: names_below");
        let Some(dir) = self.directory_on_the_way(path, way)? else { return Ok(false) };
        match dir.stat(name) {
            Err(error) if is(&error, libc::ENOENT) => return Ok(false),
            Err(error) => return Err(failed(error)),
            Ok(stat) if stat.kind == Kind::Directory => {
                return Err(Error::store(code::NOT_A_FILE, path, "it is a directory"))
            }
            Ok(_) => {}
        }
        let lock = self.lock(&dir).map_err(|error| match error {
            LockError::Patience => Error::store(code::LOCKED, path, "another process holds it"),
            LockError::Io(error) => failed(error),
        })?;
        match dir.remove(name) {
            Ok(()) => {}
            Err(error) if is(&error, libc::ENOENT) => return Ok(false),
            Err(error) if is(&error, libc::EISDIR) => {
                return Err(Error::store(code::NOT_A_FILE, path, error))
            }
            Err(error) => return Err(failed(error)),
        }
        if self.durability == Durability::Full {
            flush_directory(&lock.directory)
                .map_err(|error| Error::store(code::DURABILITY_UNCERTAIN, path, error))?;
        }
        Ok(true)
    }

    /// The directory that is to hold the name; none if one is not there.
    fn directory_on_the_way(&self, path: &Path, way: &[OsString]) -> Result<Option<Dir>, Error> {
        let open = || {
            let mut dir = Dir::open(&self.base)?;
            for name in way {
                dir = dir.child_no_link(name)?;
            }
            Ok(dir)
        };
        match open() {
            Ok(dir) => Ok(Some(dir)),
            Err(error) if is(&error, libc::ENOENT) => Ok(None),
            Err(error) if is(&error, libc::ENOTDIR) => {
                Err(Error::store(code::NOT_A_DIRECTORY, path, error))
            }
            Err(error) => Err(Error::store(code::NOT_REMOVED, path, error)),
        }
    }

    /// The components of a path below the base, one at least and none `..`.
    /// The base may be named as it is or as its links lead.
    fn names_below(&self, path: &Path) -> Option<Vec<OsString>> {
        let below = |base: &Path| {
            let names = components(path);
            let names = names.strip_prefix(components(base).as_slice())?;
            let inside = is_absolute(base) == is_absolute(path)
                && !names.is_empty()
                && !names.contains(&OsStr::new(".."));
            inside.then(|| names.iter().map(OsString::from).collect())
        };
        below(&self.base).or_else(|| below(&self.base.canonicalize().ok()?))
    }
}
