use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::cluster::finish;

/// Who says whose key is whose, for servers that speak TLS.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
}

/// A server's key, and what an authority says of it.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) key: PathBuf,
    pub(crate) certificate: PathBuf,
}

impl Authority {
    /// A new one, which nobody trusts yet.
    pub fn new() -> Self {
        let authority = Self { folder: tempfile::tempdir().expect("a folder can be made") };
        let mut make = Command::new("openssl");
        make.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]);
        make.args(["-subj", "/CN=Tombola tests", "-addext", "keyUsage=critical,keyCertSign"]);
        finish(make.arg("-keyout").arg(authority.path("authority.key")).arg("-out").arg(authority.certificate()));
        authority
    }

    /// The file of what to trust, as PEM.
    pub fn certificate(&self) -> PathBuf {
        self.path("authority.pem")
    }

    /// A key for a server of this name, in files of that folder.
    pub(crate) fn certify(&self, name: &str, folder: &Path) -> Certificate {
        let (key, certificate) = (folder.join("server.key"), folder.join("server.pem"));
        let mut make = Command::new("openssl");
        make.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]);
        make.args(["-subj", &format!("/CN={name}"), "-addext", &format!("subjectAltName=DNS:{name}")]);
        make.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        make.arg("-CA").arg(self.certificate()).arg("-CAkey").arg(self.path("authority.key"));
        finish(make.arg("-keyout").arg(&key).arg("-out").arg(&certificate));
        Certificate { key, certificate }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
