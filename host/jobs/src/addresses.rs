//! Where messages may be sent.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use hyper::Uri;
use tombola_domain::id::DestinationName;

/// What a host lets its operators reach beside the public internet over HTTPS.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Destinations that may be called without TLS.
    pub plain: BTreeSet<DestinationName>,
    /// Networks that are not public and may be called all the same.
    pub networks: Vec<Network>,
}

/// A range of addresses, written like `10.1.0.0/16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a network is written like 10.1.0.0/16 or fd00:1::/32")]
pub struct ParseNetworkError;

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32 - u32::from(self.bits);
                own.to_bits().checked_shr(shift) == other.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128 - u32::from(self.bits);
                own.to_bits().checked_shr(shift) == other.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, ParseNetworkError> {
        let (address, bits) = text.split_once('/').ok_or(ParseNetworkError)?;
        let address: IpAddr = address.parse().map_err(|_| ParseNetworkError)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.parse().ok().filter(|bits| *bits <= most).ok_or(ParseNetworkError)?;
        Ok(Self { address, bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.address, self.bits)
    }
}

impl Reach {
    /// Whether a destination may have this address, as far as its text says, or why not.
    pub fn admit(&self, destination: &DestinationName, url: &str) -> Result<Uri, String> {
        let uri: Uri = url.parse().map_err(|_| "an address is written like https://example.com/hook".to_owned())?;
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if self.plain.contains(destination) => {}
            Some("http") => return Err("this host sends messages to it over https only".to_owned()),
            _ => return Err("an address begins with https://".to_owned()),
        }
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.is_empty() || authority.contains('@') {
            return Err("names and passwords don't stand in an address".to_owned());
        }
        if url.contains('#') {
            return Err("what stands behind a # is never sent; leave it out".to_owned());
        }
        let host = uri.host().unwrap_or_default();
        if authority != host && !matches!(uri.port_u16(), Some(1..)) {
            return Err("a port is 1 to 65535".to_owned());
        }
        match host.trim_start_matches('[').trim_end_matches(']').parse() {
            Ok(address) if !self.may_call(address) => Err(not_allowed(address)),
            _ if host.is_empty() => Err("an address names a host".to_owned()),
            _ => Ok(uri),
        }
    }

    /// Whether this address may be connected to.
    pub fn may_call(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.networks.iter().any(|network| network.contains(address))
    }
}

/// What is said of an address that may not be called.
pub(crate) fn not_allowed(address: IpAddr) -> String {
    format!("{address} is no public address, and this host does not let it be called")
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Everything but what IANA's registry of special addresses (RFC 6890 and later) keeps from the public internet.
fn is_public_v4(address: Ipv4Addr) -> bool {
    const SPECIAL: [(Ipv4Addr, u8); 15] = [
        (Ipv4Addr::UNSPECIFIED, 8),           // this network
        (Ipv4Addr::new(10, 0, 0, 0), 8),      // private
        (Ipv4Addr::new(100, 64, 0, 0), 10),   // carriers' own
        (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
        (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, among them clouds' metadata
        (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
        (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocols
        (Ipv4Addr::new(192, 0, 2, 0), 24),    // documents
        (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays
        (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
        (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarks
        (Ipv4Addr::new(198, 51, 100, 0), 24), // documents
        (Ipv4Addr::new(203, 0, 113, 0), 24),  // documents
        (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
        (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, and broadcast
    ];
    let is_in =
        |(own, bits): &(Ipv4Addr, u8)| Network { address: IpAddr::V4(*own), bits: *bits }.contains(IpAddr::V4(address));
    !SPECIAL.iter().any(is_in)
}

/// Global unicast, less what is set apart in it or stands for an address of version 4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    const SPECIAL: [(Ipv6Addr, u8); 4] = [
        (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocols, among them Teredo
        (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documents
        (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4
        (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documents
    ];
    const GLOBAL: Network = Network { address: IpAddr::V6(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0)), bits: 3 };
    let is_in =
        |(own, bits): &(Ipv6Addr, u8)| Network { address: IpAddr::V6(*own), bits: *bits }.contains(IpAddr::V6(address));
    GLOBAL.contains(IpAddr::V6(address)) && !SPECIAL.iter().any(is_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_called() {
        let none = Reach::default();
        let public = ["1.1.1.1", "100.63.255.255", "100.128.0.0", "172.32.0.1", "192.0.1.1", "2606:4700::1111"];
        for address in public {
            assert!(none.may_call(address.parse().unwrap()), "{address}");
        }
        let kept = [
            "0.0.0.0",
            "10.255.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.170",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
        ];
        for address in kept {
            assert!(!none.may_call(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_host_lets_its_own_networks_be_called() {
        let networks = ["10.1.0.0/16", "127.0.0.1/32", "fd00:1::/32"].map(|network| network.parse().unwrap());
        let reach = Reach { networks: networks.to_vec(), ..Reach::default() };
        for (address, expected) in [
            ("10.1.255.1", true),
            ("10.2.0.1", false),
            ("127.0.0.1", true),
            ("127.0.0.2", false),
            ("::ffff:127.0.0.1", true),
            ("fd00:1::7", true),
            ("fd00:2::7", false),
            ("169.254.169.254", false),
        ] {
            assert_eq!(reach.may_call(address.parse().unwrap()), expected, "{address}");
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("10.0.0.1".parse().unwrap()) && !all.contains("::1".parse().unwrap()));
        for bad in ["10.0.0.0", "10.0.0.0/33", "10.0.0/8", "::/129", "/8", "10.0.0.0/"] {
            assert_eq!(bad.parse::<Network>(), Err(ParseNetworkError), "{bad}");
        }
        assert_eq!("fd00:1::/32".parse::<Network>().unwrap().to_string(), "fd00:1::/32");
    }

    #[test]
    fn an_address_is_looked_at_before_it_is_kept() {
        let (crm, other) = ("crm".parse().unwrap(), "other".parse().unwrap());
        let reach = Reach { plain: BTreeSet::from([crm]), networks: vec!["127.0.0.0/8".parse().unwrap()] };
        let check = |name: &DestinationName, url: &str, expected: &str| {
            let told = reach.admit(name, url).map_or_else(|error| error, |_| String::new());
            assert!(told.starts_with(expected) && told.is_empty() == expected.is_empty(), "{url}: {told}");
        };
        let crm: DestinationName = "crm".parse().unwrap();
        check(&crm, "https://example.com:8443/hook?a=b", "");
        check(&crm, "https://[2606:4700::1111]:65535/", "");
        for port in ["0", "65536", "99999", ""] {
            check(&crm, &format!("https://example.com:{port}/hook"), "a port is 1 to 65535");
        }
        check(&crm, "https://example.com/hook#here", "what stands behind a #");
        check(&crm, "http://127.0.0.1:8080/", "");
        check(&other, "http://example.com/", "this host sends messages to it over https only");
        check(&other, "https://127.0.0.1/", "");
        check(&other, "https://10.0.0.1/", "10.0.0.1 is no public address");
        check(&other, "https://[::1]/", "::1 is no public address");
        check(&other, "https://[::ffff:169.254.169.254]/", "::ffff:169.254.169.254 is no public address");
        check(&other, "https://me:secret@example.com/", "names and passwords");
        check(&other, "ftp://example.com/", "an address begins with https://");
        check(&other, "/hook", "an address begins with https://");
        check(&other, "https://", "an address is written like");
        check(&other, "https://exa mple.com/", "an address is written like");
    }
}
