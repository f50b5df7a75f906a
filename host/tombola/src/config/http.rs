use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::environment;

/// Who can reach the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// The address and port to listen on; port 0 is any free one.
    pub listen: SocketAddr,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: listen() }
    }
}

/// This machine only: tokens travel in clear, so what others reach is best a proxy that speaks TLS.
fn listen() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 8080).into()
}

/// Flags and variables of this section.
#[derive(Debug, Clone, Default, Args)]
pub struct HttpFlags {
    /// Address and port to listen on; port 0 is any free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT", env = environment::LISTEN)]
    listen: Option<SocketAddr>,
}

impl HttpFlags {
    pub(super) fn over(self, below: Http) -> Http {
        Http { listen: self.listen.unwrap_or(below.listen) }
    }
}
