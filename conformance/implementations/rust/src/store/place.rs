//! The directories that a checkpoint is written into: found, or made.

use super::{components, is_absolute, Store};
use crate::dir::Dir;
use crate::error::{code, is, Error};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// Where a checkpoint goes: its scope, and what has to last with it.
pub(super) struct Place {
    pub scope: Dir,
    /// Those above the scope that are to be flushed (SAFE-15).
    pub above: Vec<Dir>,
}

impl Store {
    /// Opens the directories of `scope` below the base, and makes what is
    /// missing. Nothing is made if a name is too long or something else is in
    /// the way (SAFE-2, SAFE-3).
    pub(super) fn place(&self, scope: &[String; 2], file_name: &str) -> Result<Place, Error> {
        let base = components(&self.base);
        let names: Vec<Step> = base
            .iter()
            .map(|name| Step { name, below_base: false })
            .chain(scope.iter().map(|name| Step { name: OsStr::new(name), below_base: true }))
            .collect();
        let root = Path::new(if is_absolute(&self.base) { "/" } else { "." });
        let mut here = Dir::open(root).map_err(|e| self.not_written(root, e))?;
        let mut above = Vec::new();
        let mut at = 0;
        let mut problem = None;

        // As far as it is there.
        while at < names.len() && problem.is_none() {
            let opened = match names[at].open(&here) {
                Err(error) if is(&error, libc::ENOENT) => {
                    if nothing(&here, names[at].name) {
                        break;
                    }
                    // A link that leads nowhere, or another writer has just made it.
                    names[at].open(&here)
                }
                opened => opened,
            };
            match opened {
                Ok(next) => {
                    let last = std::mem::replace(&mut here, next);
                    at += 1;
                    // The one that holds the base, the base, the algorithm's.
                    if at >= base.len() {
                        above.push(last);
                    }
                }
                Err(error) => problem = Some(error),
            }
        }

        // Before anything is made: the names that are still to come.
        let longest = here.longest_name();
        let to_come = names[at..].iter().map(|step| step.name).chain([OsStr::new(file_name)]);
        if let Some(name) = to_come.into_iter().find(|name| name.len() > longest) {
            return Err(Error::store(code::NAME_TOO_LONG, Path::new(name), "too long"));
        }
        let path = |at: usize| self.path_of(&names[..=at]);
        if let Some(error) = problem {
            return Err(self.no_way(&path(at), error));
        }

        for (n, step) in names.iter().enumerate().skip(at) {
            match here.make_directory(step.name) {
                // Another writer was faster.
                Err(error) if is(&error, libc::EEXIST) => {}
                result => result.map_err(|error| self.not_written(&path(n), error))?,
            }
            let next = step.open(&here).map_err(|error| self.no_way(&path(n), error))?;
            above.push(std::mem::replace(&mut here, next));
        }
        Ok(Place { scope: here, above })
    }

    fn path_of(&self, steps: &[Step]) -> PathBuf {
        let root = Path::new(if is_absolute(&self.base) { "/" } else { "." });
        steps.iter().fold(root.to_owned(), |path, step| path.join(step.name))
    }

    /// Something is in the way to the scope.
    fn no_way(&self, path: &Path, error: io::Error) -> Error {
        match error.raw_os_error() {
            // ENOENT, ELOOP, ENAMETOOLONG: of a link that leads nowhere.
            Some(libc::ENOTDIR | libc::ENOENT | libc::ELOOP | libc::ENAMETOOLONG) => {
                Error::store(code::NOT_A_DIRECTORY, path, error)
            }
            _ => self.not_written(path, error),
        }
    }

    pub(super) fn not_written(&self, path: &Path, cause: io::Error) -> Error {
        Error::store(code::NOT_WRITTEN, path, cause)
    }
}

/// One component of the way.
struct Step<'a> {
    name: &'a OsStr,
    below_base: bool,
}

impl Step<'_> {
    /// A link may lead to the base, and none below it (SAFE-4).
    fn open(&self, dir: &Dir) -> io::Result<Dir> {
        if self.below_base { dir.child_no_link(self.name) } else { dir.child(self.name) }
    }
}

/// Whether the name is free; a link that leads nowhere has it.
fn nothing(dir: &Dir, name: &OsStr) -> bool {
    dir.stat(name).is_err_and(|error| is(&error, libc::ENOENT))
}
