use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};
use tombola_app::admission;
use tombola_domain::switch::{ParseRateError, Rate};

use crate::environment;
use crate::exit::UsageError;

/// The least that commits may be waited for before fewer requests are let in: a disk's sync takes a part of it.
const LATENCY_MS_MIN: u64 = 10;
/// The most: as long as a draw may take.
const LATENCY_MS_MAX: u64 = 10_000;

/// What a host lets in. Switches say otherwise while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Admission {
    /// How long a commit may be waited for, in milliseconds, before fewer requests are let in.
    pub latency_ms: u64,
    /// Requests with one token, such as `1000/10s`, or `off`.
    pub token_rate: String,
    /// Requests for one player.
    pub player_rate: String,
    /// Requests in one campaign.
    pub campaign_rate: String,
    /// Addresses of the Redis by which hosts share what they have let in; several are nodes of one cluster.
    pub redis: Vec<String>,
}

impl Default for Admission {
    /// A token may stand for every player that there is, and a campaign for all that a host does: who runs them knows how much that is.
    fn default() -> Self {
        let latency_ms = admission::Settings::default().latency.as_millis().try_into().expect("half a second");
        let [token_rate, player_rate, campaign_rate] = [(); 3].map(|()| OFF.to_owned());
        Self { latency_ms, token_rate, player_rate, campaign_rate, redis: Vec::new() }
    }
}

const OFF: &str = "off";

impl Admission {
    /// What it says, if it can be used.
    pub(crate) fn settings(&self) -> Result<admission::Settings, UsageError> {
        if !(LATENCY_MS_MIN..=LATENCY_MS_MAX).contains(&self.latency_ms) {
            let bounds = format!("admission.latency_ms is {LATENCY_MS_MIN} to {LATENCY_MS_MAX}");
            return Err(UsageError::new(bounds));
        }
        Ok(admission::Settings {
            rates: admission::Rates {
                token: rate("token_rate", &self.token_rate)?,
                player: rate("player_rate", &self.player_rate)?,
                campaign: rate("campaign_rate", &self.campaign_rate)?,
            },
            latency: Duration::from_millis(self.latency_ms),
        })
    }
}

fn rate(setting: &str, text: &str) -> Result<Option<Rate>, UsageError> {
    let invalid =
        |error: ParseRateError| UsageError::of(format!("admission.{setting} is neither `off` nor a rate"), error);
    if text == OFF { Ok(None) } else { text.parse().map(Some).map_err(invalid) }
}

/// Flags and variables of this section.
#[derive(Debug, Clone, Default, Args)]
pub struct AdmissionFlags {
    /// How long a commit may be waited for before fewer requests are let in, in milliseconds [default: 500]
    #[arg(long, value_name = "MS", env = environment::LATENCY_MS)]
    latency_ms: Option<u64>,
    /// Requests that are let in with one token of a client's, like 1000/10s, or off [default: off]
    #[arg(long, value_name = "RATE", env = environment::TOKEN_RATE)]
    token_rate: Option<String>,
    /// Requests that are let in for one player, like 20/10s, or off [default: off]
    #[arg(long, value_name = "RATE", env = environment::PLAYER_RATE)]
    player_rate: Option<String>,
    /// Requests that are let in in one campaign, like 5000/1s, or off [default: off]
    #[arg(long, value_name = "RATE", env = environment::CAMPAIGN_RATE)]
    campaign_rate: Option<String>,
    /// Redis by which hosts share what they have let in, like `redis://cache:6379`; repeated for the nodes of a cluster [default: none]
    #[arg(long, value_name = "ADDRESS", env = environment::REDIS, value_delimiter = ',', hide_env_values = true)]
    redis: Option<Vec<String>>,
}

impl AdmissionFlags {
    pub(super) fn over(self, below: Admission) -> Admission {
        Admission {
            latency_ms: self.latency_ms.unwrap_or(below.latency_ms),
            token_rate: self.token_rate.unwrap_or(below.token_rate),
            player_rate: self.player_rate.unwrap_or(below.player_rate),
            campaign_rate: self.campaign_rate.unwrap_or(below.campaign_rate),
            redis: self.redis.unwrap_or(below.redis),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_t_be_meant_is_refused() {
        assert_eq!(Admission::default().settings().unwrap(), admission::Settings::default());
        let good = Admission { latency_ms: 10, player_rate: "20/10s".to_owned(), ..Admission::default() };
        let settings = good.settings().unwrap();
        assert_eq!((settings.rates.player, settings.rates.token), (Rate::new(20, 10), None));
        for bad in [
            Admission { latency_ms: 9, ..good.clone() },
            Admission { latency_ms: 10_001, ..good.clone() },
            Admission { token_rate: "default".to_owned(), ..good.clone() },
            Admission { campaign_rate: "20".to_owned(), ..good.clone() },
        ] {
            assert!(bad.settings().is_err(), "{bad:?}");
        }
    }
}
