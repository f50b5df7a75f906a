//! Ids, names and keys: short validated texts that cost a pointer to clone.
//!
//! Two grammars. A **name** is chosen by an operator and stands in documents and addresses: 1 to 64 bytes of letters,
//! digits, `-`, `_` and `.`, not starting with a dot. An **id** comes from outside (a client's player, a client's key): 1 to 128
//! bytes of printable ASCII.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// The longest id or key, in bytes.
pub const ID_BYTES_MAX: usize = 128;

/// A text that is no name or id of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not the grammar of names.
    #[error("{0} is 1 to 64 letters, digits, '-', '_' or '.', and does not start with '.'")]
    Name(&'static str),
    /// Not the grammar of ids.
    #[error("{0} is 1 to 128 printable ASCII characters")]
    Id(&'static str),
}

fn is_name(text: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len())
        && !text.starts_with('.')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn is_id(text: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

macro_rules! texts {
    ($($(#[$doc:meta])* $type:ident: $error:ident, $word:literal, $is_valid:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Arc<str>);

        impl $type {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                if $is_valid(text) { Ok(Self(text.into())) } else { Err(IdError::$error($word)) }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, out)
            }
        }

        impl std::borrow::Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

texts! {
    /// Names a campaign.
    CampaignId: Name, "a campaign's name", is_name;
    /// Names a prize within a campaign.
    PrizeId: Name, "a prize's name", is_name;
    /// Names a pool within a campaign.
    PoolName: Name, "a pool's name", is_name;
    /// Names a list of players, kept by operators for all campaigns.
    ListName: Name, "a list's name", is_name;
    /// Names a destination of webhooks, kept by operators for all campaigns.
    DestinationName: Name, "a destination's name", is_name;
    /// Names a pool of coupon codes, kept by operators for all campaigns.
    CodePoolName: Name, "a code pool's name", is_name;
    /// Names a kind of event, such as a purchase.
    EventType: Name, "an event type's name", is_name;
    /// Names an attribute that a draw's request or an event may carry.
    AttributeName: Name, "an attribute's name", is_name;
    /// Names a unit of the ledger, such as `points`, which operators declare for all campaigns.
    UnitName: Name, "a unit's name", is_name;
    /// A player, as the client names them. Never logged.
    PlayerId: Id, "a player's id", is_id;
    /// A client's name for one event of a player's, so that telling of it again does nothing. Never logged.
    EventId: Id, "an event's id", is_id;
    /// A client's name for one write, so that repeating it does nothing. Never logged.
    IdempotencyKey: Id, "an idempotency key", is_id;
    /// Names one draw; see [`crate::draw::draw_id`].
    DrawId: Id, "a draw's id", is_id;
    /// Names what one campaign gave for one event; see [`crate::rebate::rebate_id`].
    RebateId: Id, "a rebate's id", is_id;
    /// Names one award; see [`AwardId::of_draw`] and [`AwardId::of_rebate`].
    AwardId: Id, "an award's id", is_id;
    /// Names one order; see [`crate::order::order_id`].
    OrderId: Id, "an order's id", is_id;
    /// Names one hold; see [`crate::hold::hold_id`].
    HoldId: Id, "a hold's id", is_id;
}

impl PlayerId {
    /// The player's bucket, 0 to 999: stable, the same in every campaign, and evenly spread. Rules use it for staged
    /// roll-outs and experiments, since no fact names the player.
    pub fn bucket(&self) -> u16 {
        let digest = crate::digest::Digest::tagged("tombola/player-bucket/v1", &[self.0.as_bytes()]);
        let head = u64::from_be_bytes(digest.as_bytes()[..8].try_into().expect("eight bytes of thirty-two"));
        u16::try_from(head % 1000).expect("below one thousand")
    }
}

/// What an award's id has after that of its draw: the award's number among the draw's, of which there is one.
const AWARD_ENDING: &str = "-1";

impl AwardId {
    /// The name of what a draw won. It carries what the draw's carries (month, player's hash, what nobody can guess), and the
    /// draw is found by it.
    pub fn of_draw(draw: &DrawId) -> Self {
        Self(format!("{draw}{AWARD_ENDING}").into())
    }

    /// The name of a prize among what a campaign gave for an event: that reward's place there, from 0.
    pub fn of_rebate(rebate: &RebateId, place: usize) -> Self {
        Self(format!("{rebate}-{}", place + 1).into())
    }

    /// The draw that won it, if one did; `None` where this can be no award of a draw.
    pub fn draw(&self) -> Option<DrawId> {
        self.0.strip_suffix(AWARD_ENDING)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_in_addresses() {
        for good in ["spring", "100001", "a.b-c_D", &"x".repeat(64)] {
            assert!(good.parse::<CampaignId>().is_ok(), "{good}");
        }
        for bad in ["", ".", ".hidden", "a/b", "a b", "ä", &"x".repeat(65)] {
            assert_eq!(bad.parse::<CampaignId>(), Err(IdError::Name("a campaign's name")), "{bad}");
        }
    }

    #[test]
    fn ids_are_printable() {
        for good in ["a b", "~", &"x".repeat(128)] {
            assert!(good.parse::<PlayerId>().is_ok(), "{good}");
        }
        for bad in ["", "a\nb", "ä", "\u{7f}", &"x".repeat(129)] {
            assert!(bad.parse::<PlayerId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_award_leads_to_its_draw() {
        let draw: DrawId = "202611-0a1b-abc".parse().unwrap();
        let award = AwardId::of_draw(&draw);
        assert_eq!((award.as_str(), award.draw()), ("202611-0a1b-abc-1", Some(draw)));
        assert_eq!("202611-0a1b-abc".parse::<AwardId>().unwrap().draw(), None);
        assert_eq!("-1".parse::<AwardId>().unwrap().draw(), None);
    }

    #[test]
    fn buckets_are_stable_and_even() {
        assert_eq!("alice".parse::<PlayerId>().map(|player| player.bucket()), Ok(489));
        let mut counts = [0u32; 10];
        for number in 0..10_000 {
            let player: PlayerId = format!("player-{number}").parse().unwrap();
            counts[usize::from(player.bucket() / 100)] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }
}
