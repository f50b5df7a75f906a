//! Player tokens: short-lived texts that a server gives to its players, and that this host knows again without keeping them.
//!
//! Format 1, in base 64 (URL alphabet, no padding) after [`PREFIX`]: the byte 1; when it ceases to work, in milliseconds since
//! 1970 (8 bytes); the hash of the token that made it (32 bytes); the player; each campaign; then the HMAC-SHA256 of all that
//! (32 bytes) under a key of the host's. Player and campaigns have their length before them, in a byte.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, ID_BYTES_MAX, NAME_BYTES_MAX, PlayerId};
use tombola_domain::time::Timestamp;

/// How every player token begins, and no other.
pub(super) const PREFIX: &str = "tombola_player_";
/// How long a player token works where nothing is said: as long as somebody plays.
const TTL_SECONDS_DEFAULT: u32 = 15 * 60;
/// The longest that one may work: it can't be revoked alone, only with the token that made it.
pub const TTL_SECONDS_MAX: u32 = 24 * 60 * 60;
/// The most campaigns that one names, so that it fits into a header among others.
pub const CAMPAIGNS_MAX: usize = 16;

const VERSION: u8 = 1;
const MAC_BYTES: usize = 32;
const BYTES_MAX: usize = 1 + 8 + 32 + (1 + ID_BYTES_MAX) + CAMPAIGNS_MAX * (1 + NAME_BYTES_MAX) + MAC_BYTES;
/// The longest text after the prefix; a longer one is refused unread.
const TEXT_BYTES_MAX: usize = BYTES_MAX.div_ceil(3) * 4;

/// A wish for a player token.
#[derive(Debug, Clone)]
pub struct NewPlayerToken {
    player: PlayerId,
    campaigns: Vec<CampaignId>,
    ttl_seconds: u32,
}

/// A wish that can't be fulfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NewPlayerTokenError {
    /// Too short or too long.
    #[error("ttl_seconds: 1 to {TTL_SECONDS_MAX}")]
    Ttl,
    /// None, or too many.
    #[error("campaigns: 1 to {CAMPAIGNS_MAX} names; leave it out for all that your own token is for")]
    Campaigns,
}

impl NewPlayerToken {
    /// For this player, in these campaigns or in all that the maker's token is for, for so long or 15 minutes.
    pub fn new(
        player: PlayerId,
        campaigns: Option<Vec<CampaignId>>,
        ttl_seconds: Option<u32>,
    ) -> Result<Self, NewPlayerTokenError> {
        let ttl_seconds = ttl_seconds.unwrap_or(TTL_SECONDS_DEFAULT);
        if !(1..=TTL_SECONDS_MAX).contains(&ttl_seconds) {
            return Err(NewPlayerTokenError::Ttl);
        }
        if campaigns.as_ref().is_some_and(|campaigns| !(1..=CAMPAIGNS_MAX).contains(&campaigns.len())) {
            return Err(NewPlayerTokenError::Campaigns);
        }
        Ok(Self { player, campaigns: campaigns.unwrap_or_default(), ttl_seconds })
    }

    pub(super) fn claims(self, maker: Digest, now: Timestamp) -> Claims {
        let expires_at = Timestamp::from_millis(now.as_millis() + i64::from(self.ttl_seconds) * 1_000);
        Claims { expires_at, maker, player: self.player, campaigns: self.campaigns }
    }
}

/// What a player token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) expires_at: Timestamp,
    /// The hash of the token that made it.
    pub(super) maker: Digest,
    pub(super) player: PlayerId,
    /// Empty is all that the maker's token is for.
    pub(super) campaigns: Vec<CampaignId>,
}

/// What player tokens are sealed with.
pub(crate) struct Sealer([u8; 32]);

impl Sealer {
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    pub(super) fn seal(&self, claims: &Claims) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(claims.expires_at.as_millis().to_be_bytes());
        bytes.extend(claims.maker.as_bytes());
        let campaigns = claims.campaigns.iter().map(CampaignId::as_str);
        for text in std::iter::once(claims.player.as_str()).chain(campaigns) {
            bytes.push(u8::try_from(text.len()).expect("ids and names have at most 128 bytes"));
            bytes.extend(text.as_bytes());
        }
        let mac = self.mac(&bytes).finalize().into_bytes();
        bytes.extend(mac);
        format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes))
    }

    /// What the token says, if this host sealed it. The text is what stands after the prefix.
    pub(super) fn open(&self, text: &str) -> Option<Claims> {
        if text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (said, mac) = bytes.split_last_chunk::<MAC_BYTES>()?;
        // Compares in constant time.
        self.mac(said).verify_slice(mac).ok()?;
        read(said)
    }

    fn mac(&self, said: &[u8]) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(said);
        mac
    }
}

fn read(said: &[u8]) -> Option<Claims> {
    let (version, said) = said.split_first_chunk::<1>()?;
    if *version != [VERSION] {
        return None;
    }
    let (expires_at, said) = said.split_first_chunk::<8>()?;
    let (maker, said) = said.split_first_chunk::<32>()?;
    let (player, mut rest) = text(said)?;
    let mut campaigns = Vec::new();
    while !rest.is_empty() {
        let (campaign, after) = text(rest)?;
        campaigns.push(campaign.parse().ok()?);
        rest = after;
    }
    Some(Claims {
        expires_at: Timestamp::from_millis(i64::from_be_bytes(*expires_at)),
        maker: Digest::from_bytes(*maker),
        player: player.parse().ok()?,
        campaigns,
    })
}

/// A text with its length before it, and what follows.
fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(player: &str, campaigns: &[&str]) -> Claims {
        Claims {
            expires_at: Timestamp::from_millis(1_795_000_000_000),
            maker: Digest::of(b"maker"),
            player: player.parse().unwrap(),
            campaigns: campaigns.iter().map(|campaign| campaign.parse().unwrap()).collect(),
        }
    }

    fn open(sealer: &Sealer, token: &str) -> Option<Claims> {
        sealer.open(token.strip_prefix(PREFIX).unwrap())
    }

    #[test]
    fn what_is_sealed_opens_under_the_same_key_only() {
        let (ours, others) = (Sealer::new([1; 32]), Sealer::new([2; 32]));
        let longest = vec!["c".repeat(NAME_BYTES_MAX); CAMPAIGNS_MAX];
        let longest: Vec<&str> = longest.iter().map(String::as_str).collect();
        for claims in [claims("alice", &[]), claims("a b", &["spring", "autumn"]), claims(&"p".repeat(128), &longest)] {
            let token = ours.seal(&claims);
            assert!(token.len() <= PREFIX.len() + TEXT_BYTES_MAX);
            assert_eq!(open(&ours, &token), Some(claims));
            assert_eq!(open(&others, &token), None);
        }
    }

    #[test]
    fn a_token_of_which_anything_was_changed_says_nothing() {
        let sealer = Sealer::new([1; 32]);
        let token = sealer.seal(&claims("alice", &["spring"]));
        let bytes = BASE64URL_NOPAD.decode(&token.as_bytes()[PREFIX.len()..]).unwrap();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            assert_eq!(sealer.open(&BASE64URL_NOPAD.encode(&changed)), None, "byte {position}");
            assert_eq!(sealer.open(&BASE64URL_NOPAD.encode(&bytes[..position])), None, "{position} bytes");
        }
        for text in ["", "!", &"A".repeat(TEXT_BYTES_MAX), &"A".repeat(TEXT_BYTES_MAX + 4)] {
            assert_eq!(sealer.open(text), None);
        }
    }

    #[test]
    fn only_format_1_is_read() {
        let sealer = Sealer::new([1; 32]);
        let text = |bytes: &[u8]| {
            let mac = sealer.mac(bytes).finalize().into_bytes();
            BASE64URL_NOPAD.encode(&[bytes, &mac].concat())
        };
        let token = sealer.seal(&claims("alice", &[]));
        let bytes = BASE64URL_NOPAD.decode(&token.as_bytes()[PREFIX.len()..]).unwrap();
        let said = &bytes[..bytes.len() - MAC_BYTES];
        assert!(sealer.open(&text(said)).is_some());
        assert_eq!(sealer.open(&text(&[&[2], &said[1..]].concat())), None, "another version");
        assert_eq!(sealer.open(&text(&[said, &[9]].concat())), None, "more than there should be");
        assert_eq!(sealer.open(&text(&said[..said.len() - 1])), None, "less than there should be");
        assert_eq!(sealer.open(&text(&[])), None);
    }

    #[test]
    fn wishes_have_bounds() {
        let wish = |campaigns: Option<usize>, ttl_seconds| {
            let campaigns = campaigns.map(|count| vec!["spring".parse().unwrap(); count]);
            NewPlayerToken::new("alice".parse().unwrap(), campaigns, ttl_seconds)
        };
        let maker = Digest::of(b"maker");
        let claims = wish(None, None).unwrap().claims(maker, Timestamp::from_millis(0));
        assert_eq!((claims.expires_at.as_seconds(), claims.campaigns.len()), (15 * 60, 0));
        assert!(wish(Some(CAMPAIGNS_MAX), Some(TTL_SECONDS_MAX)).is_ok());
        for count in [0, CAMPAIGNS_MAX + 1] {
            assert_eq!(wish(Some(count), None).unwrap_err(), NewPlayerTokenError::Campaigns);
        }
        for ttl_seconds in [0, TTL_SECONDS_MAX + 1] {
            assert_eq!(wish(None, Some(ttl_seconds)).unwrap_err(), NewPlayerTokenError::Ttl);
        }
    }
}
