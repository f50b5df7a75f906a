//! Orders: chances that players buy with what they have.

use crate::draw::dated_id;
use crate::id::{OrderId, PlayerId};
use crate::time::Timestamp;

/// The most of one SKU that one order takes.
pub const QUANTITY_MAX: u64 = 1_000;

/// The name of an order, made like a draw's from a fresh random secret, so that nobody can guess it.
pub fn order_id(player: &PlayerId, secret: &[u8; 16], ordered_at: Timestamp) -> OrderId {
    dated_id(player, secret, ordered_at).parse().expect("digits, letters and hyphens are printable")
}
