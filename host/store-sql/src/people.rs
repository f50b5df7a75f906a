mod parts;
mod shown;

use async_trait::async_trait;
use tombola_domain::id::PlayerId;
use tombola_store::audit::Verb;
use tombola_store::people::{ExportCursor, ExportPage, People};
use tombola_store::{Operation, Result};

use self::parts::PARTS;
use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::Fields;
use crate::operations::{self, Change, Deed};
use crate::store::SqlStore;

#[async_trait]
impl People for SqlStore {
    async fn record_export(&self, operation: &Operation) -> Result<()> {
        let deed = Deed { what: Verb::ExportPlayer, subject: "player", campaign: None };
        self.within(async {
            let mut write = self.writer.begin().await?;
            operations::record(&mut write, operation, deed, Change::default(), &()).await?;
            write.commit().await
        })
        .await
    }

    async fn export(&self, player: &PlayerId, at: &ExportCursor, limit: u32) -> Result<ExportPage> {
        let Some(part) = PARTS.get(at.part) else { return Ok(ExportPage { lines: Vec::new(), next: None }) };
        let after = if at.after.is_empty() { FIRST } else { &at.after };
        self.within(async {
            let rows = db::query(part)
                .bind(player.as_str())
                .bind(after)
                .bind(limit)
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            let lines = rows.iter().map(line).collect::<Result<_>>()?;
            let next = match rows.last().filter(|_| rows.len() >= limit as usize) {
                Some(last) => ExportCursor { part: at.part, after: fields(last).text("key")? },
                None => ExportCursor { part: at.part + 1, after: String::new() },
            };
            Ok(ExportPage { lines, next: Some(next) })
        })
        .await
    }
}

fn fields(row: &Row) -> Fields<'_> {
    Fields { table: "players", key: "part", row }
}

fn line(row: &Row) -> Result<String> {
    let fields = fields(row);
    shown::shown(fields.get("line")?).map_err(|error| fields.wrong("line", &error))
}

/// Before every key.
const FIRST: &str = r#"["",0]"#;
