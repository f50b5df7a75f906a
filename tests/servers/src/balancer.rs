use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::keeper::{Program, sbin};
use crate::redis::{PATIENCE, free_port};

/// Where the settings stand that are told to operators.
const SETTINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../host/deploy/haproxy.cfg");
/// How often it is started until somewhere it stays.
const TRIES_MAX: usize = 3;

/// `HAProxy` before three hosts, as `host/deploy/haproxy.cfg` has it. It ends with its test, however that ends.
#[derive(Debug)]
pub struct Balancer {
    address: SocketAddr,
    _program: Program,
}

impl Balancer {
    /// Starts one before hosts that listen at these addresses: `one`, `two` and `three`.
    pub fn before(hosts: [&str; 3]) -> Self {
        // Somebody else may have taken the port since it was found free.
        let mut tries = (0..TRIES_MAX).map(|_| SocketAddr::from((Ipv4Addr::LOCALHOST, free_port())));
        tries.find_map(|address| Self::at(address, hosts)).expect("HAProxy starts; run scripts/setup balancer")
    }

    /// Where clients ask.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn at(address: SocketAddr, [one, two, three]: [&str; 3]) -> Option<Self> {
        let folder =
            tempfile::Builder::new().prefix("tombola-balancer-").tempdir().expect("a folder can be made").keep();
        let mut haproxy = Command::new("env");
        haproxy
            .arg(format!("TOMBOLA_BIND={address}"))
            .arg(format!("TOMBOLA_HOST_ONE={one}"))
            .arg(format!("TOMBOLA_HOST_TWO={two}"))
            .arg(format!("TOMBOLA_HOST_THREE={three}"))
            .arg(sbin("haproxy"))
            .args(["-q", "-db", "-f", SETTINGS]);
        let program = Program::run(&folder, &haproxy);
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if !program.is_there() || began.elapsed() > PATIENCE {
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self { address, _program: program })
    }
}
