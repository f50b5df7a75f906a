//! Native code on disk: it saves compiling, and is believed only if this host wrote it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use tombola_engine::rule::PrepareError;
use tombola_sandbox::{CacheKey, CacheSettings, WorkerSettings};

use crate::bed::{caching, certain, evaluate, prepare_in, worker};
use tombola_guests::Guest;

fn settings(folder: &Path, key: u8) -> CacheSettings {
    CacheSettings { folder: folder.to_owned(), key: CacheKey::new([key; 32]), bytes_max: 64 << 20 }
}

/// A compiling process that never compiles anything.
fn nobody() -> WorkerSettings {
    WorkerSettings::new(PathBuf::from("/bin/false"), Vec::<OsString>::new())
}

fn only_file(folder: &Path) -> PathBuf {
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.into_iter().next().unwrap()
}

#[tokio::test]
async fn the_next_start_compiles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let component = Guest::default().component();
    let first = prepare_in(&caching(settings(folder.path(), 1), worker()), &component).await.unwrap();
    let second = prepare_in(&caching(settings(folder.path(), 1), nobody()), &component).await.unwrap();
    assert_eq!(second.needs(), first.needs());
    assert_eq!(evaluate(&second).unwrap(), evaluate(&first).unwrap());
}

#[tokio::test]
async fn a_file_that_was_touched_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let component = Guest::default().component();
    prepare_in(&caching(settings(folder.path(), 1), worker()), &component).await.unwrap();
    let file = only_file(folder.path());
    let mut content = fs::read(&file).unwrap();
    let last = content.len() - 1;
    content[last] ^= 1;
    fs::write(&file, &content).unwrap();

    let error = prepare_in(&caching(settings(folder.path(), 1), nobody()), &component).await.unwrap_err();
    assert!(matches!(error, PrepareError::Unavailable(_)), "it isn't loaded: {error:?}");
    assert!(!file.exists(), "it is deleted");

    let rule = prepare_in(&caching(settings(folder.path(), 1), worker()), &component).await.unwrap();
    assert_eq!(evaluate(&rule).unwrap().decision, Ok(certain(0)));
    assert_ne!(fs::read(only_file(folder.path())).unwrap(), content, "it is made again");
}

#[tokio::test]
async fn another_hosts_file_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let component = Guest::default().component();
    prepare_in(&caching(settings(folder.path(), 1), worker()), &component).await.unwrap();
    let error = prepare_in(&caching(settings(folder.path(), 2), nobody()), &component).await.unwrap_err();
    assert!(matches!(error, PrepareError::Unavailable(_)), "{error:?}");
    let rule = prepare_in(&caching(settings(folder.path(), 2), worker()), &component).await.unwrap();
    assert_eq!(evaluate(&rule).unwrap().decision, Ok(certain(0)));
}

#[tokio::test]
async fn a_cache_that_is_full_costs_nothing_but_time() {
    let folder = tempfile::tempdir().unwrap();
    let tiny = CacheSettings { bytes_max: 100, ..settings(folder.path(), 1) };
    let rule = prepare_in(&caching(tiny, worker()), &Guest::default().component()).await.unwrap();
    assert_eq!(evaluate(&rule).unwrap().decision, Ok(certain(0)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
