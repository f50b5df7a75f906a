//! The host's key: 32 random bytes in a file of their own, as 64 hexadecimal digits.
//!
//! It seals the secrets of epochs and authenticates native code. Without it, the database that was made with it can't be
//! served; whoever holds both can predict draws. So it is made once, with a new database, and never beside an old one.

use std::io;
use std::path::PathBuf;

use data_encoding::HEXLOWER_PERMISSIVE;
use tombola_app::HostKey;
use tombola_app::entropy::Entropy;

use crate::config::Storage;
use crate::private;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// The database was made with a key that is not there.
    #[error(
        "the host's key {key} is missing, and the database {database} can't be served without it; put it back, or name it with --host-key-file"
    )]
    Lost {
        /// Where the key should be.
        key: PathBuf,
        /// The database.
        database: String,
    },
    /// The file holds something else.
    #[error("the host's key {0} is not 64 hexadecimal digits")]
    Malformed(PathBuf),
    /// The file can't be read or written.
    #[error("the host's key {path} can't be used")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Reads the key, or makes it where the database is not in use yet.
pub(crate) fn read_or_make(storage: &Storage, is_in_use: bool, entropy: &dyn Entropy) -> Result<HostKey, KeyError> {
    let path = storage.host_key_file();
    let file = |source| KeyError::File { path: path.clone(), source };
    match std::fs::read_to_string(&path) {
        Ok(text) => decode(&text).map(HostKey::from_bytes).ok_or_else(|| KeyError::Malformed(path.clone())),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file(error)),
        Err(_) if is_in_use => Err(KeyError::Lost { key: path, database: storage.database().to_string() }),
        Err(_) => {
            let bytes = entropy.bytes();
            private::write(&path, (HEXLOWER_PERMISSIVE.encode(&bytes) + "\n").as_bytes()).map_err(file)?;
            Ok(HostKey::from_bytes(bytes))
        }
    }
}

fn decode(text: &str) -> Option<[u8; 32]> {
    HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use tombola_app::entropy::SeededEntropy;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_never_beside_an_old_database() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage { data: folder.path().to_owned(), ..Storage::default() };
        let entropy = SeededEntropy::new(1);
        let made = read_or_make(&storage, false, &entropy).unwrap();
        let read = read_or_make(&storage, false, &entropy).unwrap();
        assert_eq!(made.derived("test"), read.derived("test"));

        assert!(read_or_make(&storage, true, &entropy).is_ok());
        std::fs::write(storage.host_key_file(), "not a key").unwrap();
        assert!(matches!(read_or_make(&storage, true, &entropy), Err(KeyError::Malformed(_))));
        std::fs::remove_file(storage.host_key_file()).unwrap();
        assert!(matches!(read_or_make(&storage, true, &entropy), Err(KeyError::Lost { .. })));
        assert!(!storage.host_key_file().exists());
    }
}
