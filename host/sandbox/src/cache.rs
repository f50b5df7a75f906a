//! Native code on this host's disk, so that a restart compiles nothing. It is executed as it is, so a file counts for nothing
//! until its HMAC is right: the folder is private, the key is the host's, and the name a file stands under is part of what
//! is authenticated. A file that fails is deleted and made again.

mod folder;

use std::io;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tombola_domain::digest::Digest;
use tracing::warn;

use self::folder::Folder;
use crate::settings::CacheSettings;

/// Bytes of one file: what one reply of a compiling process may hold, and its authentication.
const FILE_BYTES_MAX: u64 = 80 << 20;
/// Separates this use of the key from any other, and this layout of a file from the next.
const DOMAIN: &[u8] = b"tombola native code 1";
const MAC_BYTES: usize = 32;

/// The secret under which native code is authenticated. Whoever holds it and can write the folder runs code in this process.
#[derive(Clone)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// From 32 bytes that nobody can guess, the same over restarts of a host.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for CacheKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("CacheKey(…)")
    }
}

/// The folder and its key.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: Folder,
    key: CacheKey,
}

/// Bytes that were authenticated: this host wrote them, for this name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Authentic(Vec<u8>);

impl Authentic {
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl Cache {
    /// Opens the folder, making it where it is missing, and closes it to everyone else.
    pub(crate) fn open(settings: CacheSettings) -> io::Result<Self> {
        Ok(Self { folder: Folder::open(settings.folder, settings.bytes_max)?, key: settings.key })
    }

    /// What was kept under `name`. A file that can't be read or isn't authentic is none.
    pub(crate) fn get(&self, name: Digest) -> Option<Authentic> {
        let path = self.folder.path(&name.to_string());
        let file = match folder::read(&path, FILE_BYTES_MAX) {
            Ok(file) => file?,
            Err(error) => return discard(&path, &error.to_string()),
        };
        match self.authenticate(name, file) {
            Some(content) => Some(content),
            None => discard(&path, "its authentication is wrong"),
        }
    }

    /// Keeps `content` under `name`. A cache that can't be written costs time at the next start and nothing else.
    pub(crate) fn put(&self, name: Digest, content: &[u8]) {
        let mac = self.mac(name, content).finalize().into_bytes();
        if let Err(error) = self.folder.write(&name.to_string(), &[&mac, content]) {
            warn!(%error, "native code could not be kept");
        }
    }

    fn authenticate(&self, name: Digest, mut file: Vec<u8>) -> Option<Authentic> {
        let (mac, content) = file.split_first_chunk::<MAC_BYTES>()?;
        self.mac(name, content).verify_slice(mac).ok()?;
        file.drain(..MAC_BYTES);
        Some(Authentic(file))
    }

    fn mac(&self, name: Digest, content: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key.0).expect("HMAC takes keys of any length");
        mac.update(DOMAIN);
        mac.update(name.as_bytes());
        mac.update(content);
        mac
    }
}

fn discard(path: &Path, reason: &str) -> Option<Authentic> {
    warn!(reason, "a file of native code is discarded");
    if let Err(error) = std::fs::remove_file(path) {
        warn!(%error, "a file of native code could not be deleted");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path, key: u8, bytes_max: u64) -> Cache {
        let key = CacheKey::new([key; 32]);
        Cache::open(CacheSettings { folder: folder.to_owned(), key, bytes_max }).unwrap()
    }

    #[test]
    fn what_is_put_is_got_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
        let cache = open(folder.path(), 1, 1 << 20);
        assert_eq!(cache.get(one), None);
        cache.put(one, b"native");
        assert_eq!(cache.get(one), Some(Authentic(b"native".to_vec())));
        // Neither under another name nor under another key.
        std::fs::copy(cache.folder.path(&one.to_string()), cache.folder.path(&two.to_string())).unwrap();
        assert_eq!(cache.get(two), None);
        assert_eq!(open(folder.path(), 2, 1 << 20).get(one), None);
        assert_eq!(cache.get(one), None, "the file under another key was deleted");
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let name = Digest::of(b"one");
        let cache = open(folder.path(), 1, 1 << 20);
        cache.put(name, b"native");
        let path = cache.folder.path(&name.to_string());
        let file = std::fs::read(&path).unwrap();
        for bit in 0..file.len() * 8 {
            let mut bad = file.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &bad).unwrap();
            assert_eq!(cache.get(name), None);
            assert!(!path.exists());
        }
        for length in 0..file.len() {
            std::fs::write(&path, &file[..length]).unwrap();
            assert_eq!(cache.get(name), None);
        }
    }
}
