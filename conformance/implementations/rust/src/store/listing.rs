//! Which files are checkpoints.

use super::Store;
use crate::decode::Fault;
use crate::dir::{Dir, Kind};
use crate::error::{code, is, Error};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What was left out, and why (STORE-8).
#[derive(Debug)]
pub struct LeftOut {
    pub path: PathBuf,
    pub reason: Reason,
}

#[derive(Debug)]
pub enum Reason {
    Fault(Fault),
    Unreadable(io::Error),
    TooDeep,
}

/// Directories deeper than this are left out (STORE-9), since each level
/// takes an open descriptor.
const DEEPEST: usize = 100;

impl Store {
    /// The paths of all files, and what could not be listed.
    pub fn files(&self) -> Result<(Vec<PathBuf>, Vec<LeftOut>), Error> {
        let mut paths = Vec::new();
        let left_out = self.walk(&mut |file: &Found| {
            paths.push(file.path.clone());
            None
        })?;
        Ok((paths, left_out))
    }

    /// Shows every file to `visit`, in order (STORE-5), which may say why this
    /// one is left out after all. Gives all that was left out.
    pub(crate) fn walk(
        &self,
        visit: &mut dyn FnMut(&Found) -> Option<Reason>,
    ) -> Result<Vec<LeftOut>, Error> {
        let failed = |error: io::Error| {
            let code = match error.raw_os_error() {
                Some(libc::ENOENT) => code::MISSING,
                Some(libc::ENOTDIR) => code::NOT_A_DIRECTORY,
                _ => code::UNREADABLE,
            };
            Error::store(code, &self.base, error) // STORE-6
        };
        let base = Dir::open(&self.base).map_err(failed)?;
        let mut walk = Walk { store: self, visit, left_out: Vec::new() };
        walk.enter(&base, Path::new(""), 0).map_err(failed)?;
        Ok(walk.left_out)
    }
}

/// A file that is listed, in the directory that holds it.
pub(crate) struct Found<'a> {
    pub dir: &'a Dir,
    pub name: &'a OsStr,
    pub path: PathBuf,
}

struct Walk<'a> {
    store: &'a Store,
    visit: &'a mut dyn FnMut(&Found) -> Option<Reason>,
    left_out: Vec<LeftOut>,
}

impl Walk<'_> {
    /// Fails only when `dir` itself cannot be listed.
    fn enter(&mut self, dir: &Dir, relative: &Path, depth: usize) -> io::Result<()> {
        for (name, kind) in dir.entries()? {
            let inner = relative.join(&name);
            let path = self.store.below(&inner);
            match kind {
                Kind::Directory if depth == DEEPEST => self.leave_out(path, Reason::TooDeep),
                // Whatever its name (STORE-2); one that cannot be read does
                // not end the listing (STORE-7).
                Kind::Directory => {
                    let result = dir
                        .child_no_link(&name)
                        .and_then(|child| self.enter(&child, &inner, depth + 1));
                    match result {
                        Err(e) if !is(&e, libc::ENOENT) && !is(&e, libc::ENOTDIR) => {
                            self.leave_out(path, Reason::Unreadable(e));
                        }
                        _ => {} // ENOENT, ENOTDIR: it is gone by now
                    }
                }
                Kind::Regular if is_checkpoint_name(&name) => {
                    let found = Found { dir, name: &name, path };
                    if let Some(reason) = (self.visit)(&found) {
                        self.leave_out(found.path, reason);
                    }
                }
                Kind::Regular | Kind::Link | Kind::Other => {} // STORE-3, STORE-4
            }
        }
        Ok(())
    }

    fn leave_out(&mut self, path: PathBuf, reason: Reason) {
        self.left_out.push(LeftOut { path, reason });
    }
}

/// STORE-1.
fn is_checkpoint_name(name: &OsStr) -> bool {
    name.len() > 5 && name.as_bytes().ends_with(b".ckpt")
}
