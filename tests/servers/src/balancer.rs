use std::net::SocketAddr;
use std::process::Command;

use crate::keeper::{Program, listen, sbin};

/// Where the settings stand that are told to operators.
const SETTINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../host/deploy/haproxy.cfg");

/// `HAProxy` before three hosts, as `host/deploy/haproxy.cfg` has it. It ends with its test, however that ends.
#[derive(Debug)]
pub struct Balancer {
    address: SocketAddr,
    _program: Program,
}

impl Balancer {
    /// Starts one before hosts that listen at these addresses: `one`, `two` and `three`.
    pub fn before([one, two, three]: [&str; 3]) -> Self {
        let listening = listen(|address| {
            let folder = tempfile::Builder::new().prefix("tombola-balancer-").tempdir().expect("a folder can be made");
            // Its environment is set by its arguments, which are all that its keeper takes.
            let mut haproxy = Command::new("env");
            haproxy
                .arg(format!("TOMBOLA_BIND={address}"))
                .arg(format!("TOMBOLA_HOST_ONE={one}"))
                .arg(format!("TOMBOLA_HOST_TWO={two}"))
                .arg(format!("TOMBOLA_HOST_THREE={three}"))
                .arg(sbin("haproxy"))
                .args(["-q", "-db", "-f", SETTINGS]);
            (folder.keep(), haproxy)
        });
        let (address, program) = listening.expect("HAProxy takes its settings; run scripts/setup balancer");
        Self { address, _program: program }
    }

    /// Where clients ask.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
