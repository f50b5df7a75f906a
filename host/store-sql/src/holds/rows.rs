use tombola_domain::hold::{End, Ended, Hold};
use tombola_store::Result;

use crate::db::Row;
use crate::fields::Fields;

/// What of a hold `h` [`hold`] and [`posting`] read. That it was voided stands nowhere but among the postings.
macro_rules! columns {
    () => {
        "h.*, (SELECT at FROM postings v WHERE v.player = h.player AND v.key = 'void:hold:' || h.id) AS voided_at,
         (SELECT number FROM postings p WHERE p.player = h.player AND p.key = 'hold:' || h.id) AS posted"
    };
}
pub(super) use columns;

pub(super) fn fields(row: &Row) -> Fields<'_> {
    Fields { table: "holds", key: "id", row }
}

/// What set it aside. What the row names may be somebody else's where it was changed behind the host's back.
pub(super) fn posting(row: &Row) -> Result<u64> {
    fields(row).posting("posted")
}

pub(super) fn hold(row: &Row) -> Result<Hold> {
    let fields = fields(row);
    let how = match fields.get::<&str>("state")? {
        "open" => None,
        "taken" => Some(End::Taken(fields.get("taken")?)),
        "released" => Some(End::Released),
        "expired" => Some(End::Expired),
        _ => return Err(fields.wrong("state", &"no hold is in this state")),
    };
    Ok(Hold {
        id: fields.parsed("id")?,
        player: fields.parsed("player")?,
        unit: fields.parsed("unit")?,
        amount: fields.get("amount")?,
        held_at: fields.time("held_at")?,
        expires_at: fields.time("expires_at")?,
        ended: how
            .map(|how| Ok::<_, tombola_store::StoreError>(Ended { how, at: fields.time("ended_at")? }))
            .transpose()?,
        voided_at: fields.optional_time("voided_at")?,
    })
}
