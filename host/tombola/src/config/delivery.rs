use std::collections::BTreeSet;

use clap::Args;
use serde::{Deserialize, Serialize};
use tombola_domain::id::DestinationName;
use tombola_jobs::{Network, Reach};

use crate::environment;
use crate::exit::UsageError;

/// Where a host lets awards be sent beside the public internet over HTTPS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delivery {
    /// Destinations that may be called without TLS, by name.
    pub http_destinations: Vec<String>,
    /// Networks that are not public and may be called all the same, such as `10.1.0.0/16`.
    pub private_networks: Vec<String>,
}

impl Delivery {
    /// What it says, if it can be used.
    pub(crate) fn reach(&self) -> Result<Reach, UsageError> {
        let plain = |name: &String| {
            let of = |error| UsageError::of(format!("'{name}' can't be called without TLS"), error);
            name.parse::<DestinationName>().map_err(of)
        };
        let network = |text: &String| {
            let of = |error| UsageError::of(format!("'{text}' can't be let be called"), error);
            text.parse::<Network>().map_err(of)
        };
        Ok(Reach {
            plain: self.http_destinations.iter().map(plain).collect::<Result<BTreeSet<_>, _>>()?,
            networks: self.private_networks.iter().map(network).collect::<Result<_, _>>()?,
        })
    }
}

/// Flags and variables of this section.
#[derive(Debug, Clone, Default, Args)]
pub struct DeliveryFlags {
    /// Destination of webhooks that may be called without TLS; may be repeated [default: none]
    #[arg(long = "http-destination", value_name = "NAME", env = environment::HTTP_DESTINATIONS, value_delimiter = ',')]
    http_destinations: Option<Vec<String>>,
    /// Network that is not public and to which webhooks may be sent, like 10.1.0.0/16; may be repeated [default: none]
    #[arg(long = "private-network", value_name = "NETWORK", env = environment::PRIVATE_NETWORKS, value_delimiter = ',')]
    private_networks: Option<Vec<String>>,
}

impl DeliveryFlags {
    pub(crate) fn over(self, below: Delivery) -> Delivery {
        Delivery {
            http_destinations: self.http_destinations.unwrap_or(below.http_destinations),
            private_networks: self.private_networks.unwrap_or(below.private_networks),
        }
    }
}
