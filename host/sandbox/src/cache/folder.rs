//! A private folder of bounded size whose files appear whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    bytes_max: u64,
    written: AtomicU64,
}

impl Folder {
    pub(super) fn open(path: PathBuf, bytes_max: u64) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        // It may have been there before, and open.
        fs::set_permissions(&path, Permissions::from_mode(0o700))?;
        Ok(Self { path, bytes_max, written: AtomicU64::new(0) })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes beside its place, then moves it there. Not synced: a file that a crash tore fails its authentication.
    pub(super) fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        self.make_room(parts.iter().map(|part| part.len() as u64).sum())?;
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let beside = self.path(&format!("{name}.{}.{number}", std::process::id()));
        let written = write_new(&beside, parts).and_then(|()| fs::rename(&beside, self.path(name)));
        if written.is_err() {
            // What is left of it goes with the oldest files, should this fail as well.
            let _ = fs::remove_file(&beside);
        }
        written
    }

    /// Deletes the oldest files until `bytes` more fit.
    fn make_room(&self, bytes: u64) -> io::Result<()> {
        if bytes > self.bytes_max {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than all of the cache may be"));
        }
        let mut files = self.files()?;
        let mut used: u64 = files.iter().map(|(_, size, _)| size).sum();
        files.sort();
        for (_, size, path) in files {
            if used + bytes <= self.bytes_max {
                break;
            }
            fs::remove_file(path)?;
            used -= size;
        }
        Ok(())
    }

    fn files(&self) -> io::Result<Vec<(SystemTime, u64, PathBuf)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_file() {
                files.push((metadata.modified()?, metadata.len(), entry.path()));
            }
        }
        Ok(files)
    }
}

/// The content of a file of at most `bytes_max`, or `None` where there is no such file.
pub(super) fn read(path: &Path, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
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
}
