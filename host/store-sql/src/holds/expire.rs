//! What holds set aside that have expired is given back.

use serde_json::json;
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::sweep::Place;

use super::{change, rows};
use crate::db;
use crate::error::unavailable;
use crate::sweep::{Clears, Due};
use crate::writer::Write;

pub(super) struct Expired {
    now: Timestamp,
}

impl Due for Expired {
    const TABLE: &'static str = "holds";
    const FIND: &'static str = "
        SELECT expires_at AS due, id AS owner, '' AS part FROM holds
        WHERE state = 'open' AND expires_at <= $1 AND (expires_at, id, '') > ($2, $3, $4) ORDER BY expires_at, id LIMIT $5";

    fn by(now: Timestamp) -> Self {
        Self { now }
    }

    fn name(place: &Place) -> &str {
        &place.owner
    }
}

impl Clears for Expired {
    type Row = Place;

    async fn clear(&self, mut write: Write, rows: &[Place]) -> Result<u64> {
        let ids: Vec<_> = rows.iter().map(|place| &place.owner).collect();
        let expired = db::query(concat!(
            "SELECT ",
            rows::columns!(),
            " FROM json_each($1) q JOIN holds h ON h.id = q.atom ORDER BY h.expires_at"
        ))
        .bind(json!(ids).to_string())
        .fetch_all(&mut write)
        .await
        .map_err(unavailable)?;
        let mut desk = change::lay_out(&mut write, &expired, &[]).await?;
        let given = desk.clear(None, self.now);
        change::save(&mut write, desk).await?;
        write.commit().await?;
        Ok(given)
    }
}
