//! Directories as open descriptors. What is done to a name is done in the
//! directory that was opened, so that nobody can put a link in the way.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// A directory that names can be looked up in. Opened with `O_PATH`, which
/// needs no permission to list it.
pub struct Dir(OwnedFd);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Regular,
    Directory,
    Link,
    Other,
}

/// What tells one file, in one state, from another (STORE-17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sameness {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

#[derive(Clone, Copy, Debug)]
pub struct Stat {
    pub kind: Kind,
    /// The nine permission bits.
    pub bits: u32,
    pub owner: u32,
    pub group: u32,
    pub size: u64,
    /// Seconds since the epoch.
    pub modified: i64,
    pub sameness: Sameness,
}

impl Stat {
    fn of(stat: &libc::stat) -> Stat {
        Stat {
            kind: match stat.st_mode & libc::S_IFMT {
                libc::S_IFREG => Kind::Regular,
                libc::S_IFDIR => Kind::Directory,
                libc::S_IFLNK => Kind::Link,
                _ => Kind::Other,
            },
            bits: stat.st_mode & 0o777,
            owner: stat.st_uid,
            group: stat.st_gid,
            size: stat.st_size as u64,
            modified: stat.st_mtime,
            sameness: Sameness {
                device: stat.st_dev,
                inode: stat.st_ino,
                size: stat.st_size as u64,
                modified: (stat.st_mtime, stat.st_mtime_nsec),
            },
        }
    }
}

pub fn stat_of(file: &File) -> io::Result<Stat> {
    let mut stat = unsafe { std::mem::zeroed() };
    check(unsafe { libc::fstat(file.as_raw_fd(), &mut stat) })?;
    Ok(Stat::of(&stat))
}

impl Stat {
    pub fn is_same_file(&self, other: &Stat) -> bool {
        let (a, b) = (self.sameness, other.sameness);
        (a.device, a.inode) == (b.device, b.inode)
    }
}

pub fn set_bits(file: &File, bits: u32) -> io::Result<()> {
    check(unsafe { libc::fchmod(file.as_raw_fd(), bits) })
}

/// Sets owner and group; `None` leaves one as it is. Gives false where the
/// process may not, or the file system has no owners.
pub fn set_owner(file: &File, owner: Option<u32>, group: Option<u32>) -> io::Result<bool> {
    let (owner, group) = (owner.unwrap_or(u32::MAX), group.unwrap_or(u32::MAX));
    match check(unsafe { libc::fchown(file.as_raw_fd(), owner, group) }) {
        Ok(()) => Ok(true),
        Err(error) => {
            let expected = [libc::EPERM, libc::EACCES, libc::EINVAL, libc::ENOSYS, libc::ENOTSUP];
            if error.raw_os_error().is_some_and(|errno| expected.contains(&errno)) {
                Ok(false)
            } else {
                Err(error)
            }
        }
    }
}

/// Flushes a directory; a file system that cannot do so does not need it.
pub fn flush_directory(directory: &File) -> io::Result<()> {
    match directory.sync_all() {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(()),
        result => result,
    }
}

/// Closes a second descriptor of a file: some file systems report a full disk
/// only then.
pub fn check_close(file: &File) -> io::Result<()> {
    let copy = unsafe { libc::dup(file.as_raw_fd()) };
    check(copy)?;
    check(unsafe { libc::close(copy) })
}

impl Dir {
    /// Links on the way and at the end are followed.
    pub fn open(path: &Path) -> io::Result<Dir> {
        Dir::open_at(libc::AT_FDCWD, path.as_os_str(), 0)
    }

    /// The directory of this name, also through a link.
    pub fn child(&self, name: &OsStr) -> io::Result<Dir> {
        Dir::open_at(self.0.as_raw_fd(), name, 0)
    }

    /// The directory of this name; a link in its place is `ENOTDIR`.
    pub fn child_no_link(&self, name: &OsStr) -> io::Result<Dir> {
        Dir::open_at(self.0.as_raw_fd(), name, libc::O_NOFOLLOW)
    }

    fn open_at(at: RawFd, name: &OsStr, flags: i32) -> io::Result<Dir> {
        open_at(at, name, libc::O_PATH | libc::O_DIRECTORY | flags, 0).map(Dir)
    }

    /// The same directory, opened for reading: to list, to lock or to flush it.
    pub fn readable(&self) -> io::Result<File> {
        let flags = libc::O_RDONLY | libc::O_DIRECTORY;
        open_at(self.0.as_raw_fd(), OsStr::new("."), flags, 0).map(File::from)
    }

    /// Opens what is there to read it. Never waits, never follows a link.
    pub fn open_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = libc::O_RDONLY | libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY;
        open_at(self.0.as_raw_fd(), name, flags, 0).map(File::from)
    }

    /// Makes a file that must not exist.
    pub fn create_file(&self, name: &OsStr, bits: u32) -> io::Result<File> {
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL | libc::O_NOFOLLOW;
        open_at(self.0.as_raw_fd(), name, flags, bits).map(File::from)
    }

    /// Of the name itself, be it a link.
    pub fn stat(&self, name: &OsStr) -> io::Result<Stat> {
        let name = c_string(name)?;
        let mut stat = unsafe { std::mem::zeroed() };
        let flags = libc::AT_SYMLINK_NOFOLLOW;
        check(unsafe { libc::fstatat(self.0.as_raw_fd(), name.as_ptr(), &mut stat, flags) })?;
        Ok(Stat::of(&stat))
    }

    pub fn make_directory(&self, name: &OsStr) -> io::Result<()> {
        let name = c_string(name)?;
        check(unsafe { libc::mkdirat(self.0.as_raw_fd(), name.as_ptr(), 0o777) })
    }

    /// A second name for the same thing; for a link, for the link itself.
    pub fn link(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        let (from, to, fd) = (c_string(from)?, c_string(to)?, self.0.as_raw_fd());
        check(unsafe { libc::linkat(fd, from.as_ptr(), fd, to.as_ptr(), 0) })
    }

    pub fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        let (from, to, fd) = (c_string(from)?, c_string(to)?, self.0.as_raw_fd());
        check(unsafe { libc::renameat(fd, from.as_ptr(), fd, to.as_ptr()) })
    }

    /// Anything but a directory; a link itself, never its target.
    pub fn remove(&self, name: &OsStr) -> io::Result<()> {
        let name = c_string(name)?;
        check(unsafe { libc::unlinkat(self.0.as_raw_fd(), name.as_ptr(), 0) })
    }

    /// The longest name that the file system takes, in bytes.
    pub fn longest_name(&self) -> usize {
        let mut stat: libc::statvfs = unsafe { std::mem::zeroed() };
        match check(unsafe { libc::fstatvfs(self.0.as_raw_fd(), &mut stat) }) {
            Ok(()) => stat.f_namemax as usize,
            Err(_) => 255,
        }
    }

    /// Its names and what they are, in the order of their bytes (STORE-5).
    pub fn entries(&self) -> io::Result<Vec<(OsString, Kind)>> {
        let mut entries = Vec::new();
        let stream = Stream::of(self.readable()?)?;
        while let Some((name, kind)) = stream.next()? {
            if name == "." || name == ".." {
                continue;
            }
            let kind = match kind {
                Some(kind) => kind,
                // The file system does not tell; what is gone by now is no entry.
                None => match self.stat(&name) {
                    Ok(stat) => stat.kind,
                    Err(_) => continue,
                },
            };
            entries.push((name, kind));
        }
        entries.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
        Ok(entries)
    }
}

/// An exclusive lock (SAFE-6) without waiting; it ends with the descriptor.
pub fn try_lock(directory: &File) -> io::Result<()> {
    check(unsafe { libc::flock(directory.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) })
}

/// 64 bits that nobody can foretell.
pub fn random() -> io::Result<u64> {
    let mut bytes = [0; 8];
    let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    if got != bytes.len() as isize {
        return Err(io::Error::last_os_error());
    }
    Ok(u64::from_ne_bytes(bytes))
}

struct Stream(*mut libc::DIR);

impl Stream {
    fn of(directory: File) -> io::Result<Stream> {
        let stream = unsafe { libc::fdopendir(directory.as_raw_fd()) };
        if stream.is_null() {
            return Err(io::Error::last_os_error());
        }
        std::mem::forget(directory); // the stream closes it
        Ok(Stream(stream))
    }

    fn next(&self) -> io::Result<Option<(OsString, Option<Kind>)>> {
        // A null says the end or an error; only errno tells which.
        unsafe { *libc::__errno_location() = 0 };
        let entry = unsafe { libc::readdir(self.0) };
        if entry.is_null() {
            let error = io::Error::last_os_error();
            return if error.raw_os_error() == Some(0) { Ok(None) } else { Err(error) };
        }
        let (name, kind) = unsafe { (CStr::from_ptr((*entry).d_name.as_ptr()), (*entry).d_type) };
        let kind = match kind {
            libc::DT_UNKNOWN => None,
            libc::DT_REG => Some(Kind::Regular),
            libc::DT_DIR => Some(Kind::Directory),
            libc::DT_LNK => Some(Kind::Link),
            _ => Some(Kind::Other),
        };
        Ok(Some((OsString::from_vec(name.to_bytes().to_vec()), kind)))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        unsafe { libc::closedir(self.0) };
    }
}

fn open_at(at: RawFd, name: &OsStr, flags: i32, bits: u32) -> io::Result<OwnedFd> {
    let name = c_string(name)?;
    loop {
        let fd = unsafe { libc::openat(at, name.as_ptr(), flags | libc::O_CLOEXEC, bits) };
        if fd >= 0 {
            return Ok(unsafe { OwnedFd::from_raw_fd(fd) });
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// A NUL is in no name: what has one is not there.
fn c_string(name: &OsStr) -> io::Result<CString> {
    CString::new(name.as_bytes()).map_err(|_| io::Error::from_raw_os_error(libc::ENOENT))
}

fn check(result: i32) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
