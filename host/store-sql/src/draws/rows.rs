//! Rows to what they stand for.

use tombola_domain::chance::{Participation, PeriodCount};
use tombola_domain::receipt::Disclosure;
use tombola_store::Result;
use tombola_store::draws::{Draw, StoredReceipt, Won};

use super::disclosure;
use super::seals::Proofs;
use crate::chances;
use crate::db::Row;
use crate::fields::Fields;

/// A draw, from a row with all columns of `draws`.
pub(crate) fn draw(row: &Row) -> Result<Draw> {
    let fields = Fields { table: "draws", key: "id", row };
    Ok(Draw {
        id: fields.parsed("id")?,
        campaign: fields.parsed("campaign")?,
        revision: fields.count("revision")?,
        player: fields.parsed("player")?,
        ordinal: fields.count("ordinal")?,
        won: won(&fields)?,
        receipt: fields.digest("receipt")?,
        drawn_at: fields.time("drawn_at")?,
    })
}

/// The same with the code that was handed over, which the column `coupon_code` says. For who may see the draw.
pub(super) fn draw_with_code(row: &Row) -> Result<Draw> {
    let mut draw = draw(row)?;
    if let Some(won) = &mut draw.won {
        won.code = Fields { table: "codes", key: "id", row }.optional_parsed("coupon_code")?;
    }
    Ok(draw)
}

fn won(fields: &Fields<'_>) -> Result<Option<Won>> {
    if fields.get::<Option<&str>>("prize")?.is_none() {
        return Ok(None);
    }
    Ok(Some(Won {
        prize: fields.parsed("prize")?,
        title: fields.text("title")?,
        data: fields.get("data")?,
        amount: fields.get("amount")?,
        code: None,
    }))
}

/// A participation, from a row in which its columns may all be null, as after an outer join.
pub(crate) fn participation(row: &Row) -> Result<Option<Participation>> {
    let fields = Fields { table: "participations", key: "campaign", row };
    let Some(version) = fields.optional_count("version")? else { return Ok(None) };
    Ok(Some(Participation {
        version,
        draws: fields.count("draws")?,
        month: PeriodCount { period: fields.small("month")?, count: fields.count("month_count")? },
        day: PeriodCount { period: fields.small("day")?, count: fields.count("day_count")? },
        chances: chances::counts(&fields)?,
    }))
}

/// The position of such a row.
pub(super) fn position(row: &Row) -> Result<u64> {
    Fields { table: "draws", key: "id", row }.count("position")
}

/// A receipt with its proof, from a row with all columns of `draws`, `bytes` and `content`.
pub(super) async fn receipt(row: &Row, proofs: &mut Proofs<'_>) -> Result<StoredReceipt> {
    let fields = Fields { table: "receipts", key: "id", row };
    let (draw, bytes, disclosure) = (draw(row)?, fields.get::<Option<Vec<u8>>>("bytes")?, disclosure(row)?);
    let bytes = bytes.ok_or_else(|| fields.wrong("bytes", &"there is no receipt, and none was dropped so far"))?;
    Ok(StoredReceipt { draw, bytes, disclosure, proof: proofs.of(position(row)?).await? })
}

/// What a receipt commits to, unless it was erased.
fn disclosure(row: &Row) -> Result<Option<Disclosure>> {
    let fields = Fields { table: "disclosures", key: "id", row };
    let Some(content) = fields.get::<Option<&str>>("content")? else { return Ok(None) };
    disclosure::decode(content).map(Some).map_err(|error| fields.wrong("content", &error))
}
