//! A private folder of bounded size whose files appear whole or not at all.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Of what may be kept, the part that is made free together with what room is needed for: then the folder, which may hold many
/// thousand files, is looked through once in as many bytes.
const FREED_PART: u64 = 8;

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    bytes_max: u64,
    written: Mutex<Written>,
}

/// What this process knows of the folder without looking.
#[derive(Debug)]
struct Written {
    /// What the files take, at most: some may have been replaced or deleted since they were counted.
    bytes: u64,
    /// Files that were written, so that none is written twice under one name.
    files: u64,
}

impl Folder {
    pub(super) fn open(path: PathBuf, bytes_max: u64) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        // It may have been there before, and open.
        fs::set_permissions(&path, Permissions::from_mode(0o700))?;
        let bytes = files(&path)?.iter().map(|file| file.bytes).sum();
        Ok(Self { path, bytes_max, written: Mutex::new(Written { bytes, files: 0 }) })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes beside its place, then moves it there. Not synced: a file that a crash tore fails its authentication.
    pub(super) fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let bytes = parts.iter().map(|part| part.len() as u64).sum();
        let mut known = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        self.make_room(&mut known, bytes)?;
        let beside = self.path(&format!("{name}.{}.{}", std::process::id(), known.files));
        known.bytes += bytes;
        known.files += 1;
        let written = write_new(&beside, parts).and_then(|()| fs::rename(&beside, self.path(name)));
        if written.is_err() {
            // What is left of it goes with the oldest files, should this fail as well.
            let _ = fs::remove_file(&beside);
        }
        written
    }

    /// Deletes the oldest files, if `bytes` more don't fit.
    fn make_room(&self, known: &mut Written, bytes: u64) -> io::Result<()> {
        if bytes > self.bytes_max {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than all of the cache may be"));
        }
        if known.bytes + bytes <= self.bytes_max {
            return Ok(());
        }
        let kept_max = (self.bytes_max - self.bytes_max / FREED_PART).saturating_sub(bytes);
        let mut files = files(&self.path)?;
        files.sort_unstable();
        known.bytes = files.iter().map(|file| file.bytes).sum();
        for file in files {
            if known.bytes <= kept_max {
                break;
            }
            unless_gone(fs::remove_file(self.path.join(file.name)))?;
            known.bytes -= file.bytes;
        }
        Ok(())
    }
}

/// The oldest first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    modified: SystemTime,
    bytes: u64,
    name: OsString,
}

fn files(folder: &Path) -> io::Result<Vec<Kept>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Some(metadata) = unless_gone(entry.metadata())? else { continue };
        if metadata.is_file() {
            files.push(Kept { modified: metadata.modified()?, bytes: metadata.len(), name: entry.file_name() });
        }
    }
    Ok(files)
}

/// `None` where somebody else deleted the file.
fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// The content of a file of at most `bytes_max`, or `None` where there is no such file.
pub(super) fn read(path: &Path, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let Some(file) = unless_gone(File::open(path))? else { return Ok(None) };
    if file.metadata()?.len() > bytes_max {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than a file here may be"));
    }
    let mut content = Vec::new();
    file.take(bytes_max).read_to_end(&mut content)?;
    Ok(Some(content))
}

fn write_new(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    parts.iter().try_for_each(|part| file.write_all(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn nobody_else_may_look_inside() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("deep/cache");
        fs::create_dir_all(&path).unwrap();
        let folder = Folder::open(path.clone(), 100).unwrap();
        folder.write("a", &[b"x", b"y"]).unwrap();
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&folder.path("a")), 0o600);
        assert_eq!(read(&folder.path("a"), 2).unwrap(), Some(b"xy".to_vec()));
        assert!(read(&folder.path("a"), 1).is_err());
        assert_eq!(read(&folder.path("b"), 1).unwrap(), None);
    }

    #[test]
    fn the_oldest_make_room() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::open(parent.path().to_owned(), 10).unwrap();
        for (age, name) in ["a", "b", "c"].into_iter().enumerate() {
            folder.write(name, &[b"1234"]).unwrap();
            let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(age as u64);
            File::options().write(true).open(folder.path(name)).unwrap().set_modified(at).unwrap();
        }
        let names: Vec<_> = ["a", "b", "c"].into_iter().filter(|name| folder.path(name).exists()).collect();
        assert_eq!(names, ["b", "c"]);
        assert!(folder.write("d", &[&[0; 11]]).is_err());
        assert!(folder.path("c").exists(), "nothing is deleted for what can't fit");
    }

    #[test]
    fn what_was_there_counts_and_what_is_gone_does_not() {
        let parent = tempfile::tempdir().unwrap();
        let bytes = || files(parent.path()).unwrap().iter().map(|file| file.bytes).sum::<u64>();
        Folder::open(parent.path().to_owned(), 100).unwrap().write("before", &[&[0; 60]]).unwrap();
        let folder = Folder::open(parent.path().to_owned(), 100).unwrap();
        for number in 0..40 {
            // The same file again and again, then others.
            folder.write(&number.max(20).to_string(), &[&[0; 9]]).unwrap();
            assert!((9..=100).contains(&bytes()), "{}", bytes());
        }
        for file in files(parent.path()).unwrap() {
            fs::remove_file(parent.path().join(file.name)).unwrap();
        }
        folder.write("all", &[&[0; 100]]).unwrap();
        assert_eq!(bytes(), 100);
    }
}
