//! The settings of `serve`: flags, then `TOMBOLA_*` variables, then a TOML file, then defaults.
//!
//! ```toml
//! [storage]
//! data = "/var/lib/tombola"
//! host_key_file = "/etc/tombola/host.key"
//!
//! [http]
//! listen = "0.0.0.0:8080"
//!
//! [admission]
//! player_rate = "20/10s"
//!
//! [delivery]
//! http_destinations = ["intranet"]
//! private_networks = ["10.1.0.0/16"]
//!
//! [retention]
//! payloads_days = 730
//!
//! [log]
//! filter = "info"
//! format = "json"
//! ```

mod admission;
mod delivery;
mod http;
mod log;
mod retention;
mod storage;

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

pub use admission::{Admission, AdmissionFlags};
pub use delivery::{Delivery, DeliveryFlags};
pub use http::{Http, HttpFlags};
pub use log::{Format, Log, LogFlags};
pub use retention::{Retention, RetentionFlags};
pub use storage::{Storage, StorageFlags};

use crate::environment;
use crate::exit::UsageError;

/// Everything that can be set, section by section.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What is kept, and where.
    pub storage: Storage,
    /// Who can reach the host.
    pub http: Http,
    /// What it lets in.
    pub admission: Admission,
    /// Where it lets awards be sent.
    pub delivery: Delivery,
    /// For how long it keeps what it does not need to go on.
    pub retention: Retention,
    /// What it says of itself.
    pub log: Log,
}

/// Where settings come from that neither a flag nor a variable says.
#[derive(Debug, Clone, Default, Args)]
pub struct Source {
    /// A TOML file with the sections storage, http, admission, delivery, retention and log
    #[arg(long, value_name = "FILE", env = environment::CONFIG)]
    config: Option<PathBuf>,
}

impl Source {
    /// What the file says, and defaults where it says nothing; defaults alone where there is none.
    pub(crate) fn read(&self) -> Result<Config, UsageError> {
        let Some(path) = &self.config else { return Ok(Config::default()) };
        let name = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| UsageError::of(format!("the settings {name} can't be read"), error))?;
        toml::from_str(&text).map_err(|error| UsageError::of(format!("the settings {name} can't be used"), error))
    }
}

/// All flags and variables of `serve`.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    storage: StorageFlags,
    #[command(flatten)]
    http: HttpFlags,
    #[command(flatten)]
    admission: AdmissionFlags,
    #[command(flatten)]
    delivery: DeliveryFlags,
    #[command(flatten)]
    retention: RetentionFlags,
    #[command(flatten)]
    log: LogFlags,
}

impl Flags {
    /// Each value from the first that says it.
    pub(crate) fn resolve(self) -> Result<Config, UsageError> {
        let Config { storage, http, admission, delivery, retention, log } = self.source.read()?;
        Ok(Config {
            storage: self.storage.over(storage),
            http: self.http.over(http),
            admission: self.admission.over(admission),
            delivery: self.delivery.over(delivery),
            retention: self.retention.over(retention),
            log: self.log.over(log),
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        flags: Flags,
    }

    #[track_caller]
    fn check(file: &str, arguments: &[&str], expected: &Config) {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&path, file).unwrap();
        let line = ["serve", "--config", path.path().to_str().unwrap()].into_iter().chain(arguments.iter().copied());
        assert_eq!(Line::parse_from(line).flags.resolve().unwrap(), *expected);
    }

    #[test]
    fn flags_come_before_the_file_and_the_file_before_defaults() {
        let default = Config::default();
        check("", &[], &default);
        let file = "[storage]\ndata = \"one\"\n[http]\nlisten = \"127.0.0.1:1\"\n[log]\nfilter = \"debug\"\n\
                    [delivery]\nhttp_destinations = [\"crm\"]\n[admission]\nplayer_rate = \"20/10s\"\n[retention]\npayloads_days = 90\n";
        let from_file = Config {
            storage: Storage { data: "one".into(), ..Storage::default() },
            http: Http { listen: "127.0.0.1:1".parse().unwrap() },
            admission: Admission { player_rate: "20/10s".to_owned(), ..Admission::default() },
            delivery: Delivery { http_destinations: vec!["crm".to_owned()], private_networks: vec![] },
            retention: Retention { payloads_days: 90 },
            log: Log { filter: "debug".to_owned(), format: Format::Json },
        };
        check(file, &[], &from_file);
        let line = "--data two --listen [::]:2 --log-format text --latency-ms 100 --payloads-days 0 --private-network 10.0.0.0/8,::/0";
        let arguments: Vec<_> = line.split(' ').collect();
        let from_flags = Config {
            storage: Storage { data: "two".into(), ..Storage::default() },
            http: Http { listen: "[::]:2".parse().unwrap() },
            admission: Admission { latency_ms: 100, ..from_file.admission },
            delivery: Delivery {
                private_networks: vec!["10.0.0.0/8".to_owned(), "::/0".to_owned()],
                ..from_file.delivery
            },
            retention: Retention { payloads_days: 0 },
            log: Log { format: Format::Text, ..from_file.log },
        };
        check(file, &arguments, &from_flags);
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&path, "[http]\nlistne = \"127.0.0.1:1\"\n").unwrap();
        let error = Source { config: Some(path.path().to_owned()) }.read().unwrap_err();
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("listne"));
    }
}
