use std::net::SocketAddr;

/// An address on this machine. Load is never put on another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target(SocketAddr);

/// The address is of another machine, or may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not this machine's own address; load is put on 127.0.0.1 or ::1 only")]
pub struct NotLoopback(SocketAddr);

impl Target {
    /// The target at this address.
    pub fn new(address: SocketAddr) -> Result<Self, NotLoopback> {
        if address.ip().is_loopback() { Ok(Self(address)) } else { Err(NotLoopback(address)) }
    }

    /// Where it is.
    pub fn address(self) -> SocketAddr {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_are_left_alone() {
        for address in ["127.0.0.1:80", "127.1.2.3:80", "[::1]:80"] {
            Target::new(address.parse().unwrap()).unwrap();
        }
        for address in ["10.0.0.1:80", "0.0.0.0:80", "[::]:80", "192.0.2.1:80"] {
            Target::new(address.parse().unwrap()).unwrap_err();
        }
    }
}
