//! What is wrong with the hosts of a deployment.

use std::time::Duration;

use crate::client::{ClientError, Health};

/// How far two clocks may be apart. Hosts tell theirs to the second, and an answer takes its time.
const SKEW_MAX: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub(super) enum Finding {
    /// Nobody answers, or something else does.
    #[error("no host answers at {url}: {why}")]
    Missing { url: String, why: String },
    #[error("the host at {url} can't serve: {ailment}")]
    Ill { url: String, ailment: String },
    #[error("the clock of the host at {url} is {} s off this machine's", .off.as_secs())]
    Clock { url: String, off: Duration },
    #[error("the host at {url} has version {version}, and the one at {other_url} {other}")]
    Versions { url: String, version: String, other_url: String, other: String },
}

impl Finding {
    pub(super) fn remedy(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "see whether it runs there, and whether this machine reaches it",
            Self::Ill { .. } => "host/docs/errors has a page for the code in brackets; the host's log tells more",
            Self::Clock { .. } => "have both machines set their clocks by the same source",
            Self::Versions { .. } => "have all hosts of a database be of one version, once an upgrade is done",
        }
    }

    /// Whether clients are served all the same.
    pub(super) const fn is_harmless(&self) -> bool {
        matches!(self, Self::Clock { .. } | Self::Versions { .. })
    }
}

/// Asks the hosts at these addresses, one after the other. An error is an address that can't be called.
pub(super) fn examine(urls: &[String]) -> Result<Vec<Finding>, ClientError> {
    let mut findings = Vec::new();
    let mut first: Option<(&String, String)> = None;
    for url in urls {
        let Health { ailment, version, clock_off } = match Health::of(url) {
            Ok(health) => health,
            Err(error @ ClientError::Address(_)) => return Err(error),
            Err(error) => {
                findings.push(Finding::Missing { url: url.clone(), why: format!("{:#}", anyhow::Error::from(error)) });
                continue;
            }
        };
        findings.extend(ailment.map(|ailment| Finding::Ill { url: url.clone(), ailment }));
        if clock_off > SKEW_MAX {
            findings.push(Finding::Clock { url: url.clone(), off: clock_off });
        }
        let (other_url, other) = first.get_or_insert_with(|| (url, version.clone()));
        if *other != version {
            let (other_url, other) = (other_url.clone(), other.clone());
            findings.push(Finding::Versions { url: url.clone(), version, other_url, other });
        }
    }
    Ok(findings)
}
