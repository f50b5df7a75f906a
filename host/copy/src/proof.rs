//! That a table holds the same on both sides.

use futures_util::TryStreamExt;
use tombola_domain::digest::{Digest, Hasher};
use tombola_store_sql::db::Connection;

use crate::error::CopyError;
use crate::row::Row;
use crate::table::Table;
use crate::{file, server};

/// How often it is told how far a proof is.
const TOLD_EVERY: u64 = 1_000;

/// A table that holds the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Its name.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// Of all of them, in the order of their keys.
    pub digest: Digest,
}

/// Reads all rows of both sides, side by side.
pub(crate) async fn prove(
    table: &Table,
    source: &mut Connection,
    target: &mut Connection,
    tell: &mut dyn FnMut(u64),
) -> Result<Proven, CopyError> {
    let (mut here, mut there) = (file::rows(source, table, None), server::rows(target, table));
    let (mut rows, mut hasher) = (0, Hasher::default());
    loop {
        let row = match (here.try_next().await?, there.try_next().await?) {
            (None, None) => break,
            (Some(here), Some(there)) if here == there => here,
            (here, there) => return Err(differs(table, here, there)),
        };
        hasher.update(&row.0);
        rows += 1;
        if rows % TOLD_EVERY == 0 {
            tell(TOLD_EVERY);
        }
    }
    tell(rows % TOLD_EVERY);
    Ok(Proven { table: table.name.clone(), rows, digest: hasher.finish() })
}

/// The first row that is not the same.
fn differs(table: &Table, here: Option<Row>, there: Option<Row>) -> CopyError {
    let (here_key, there_key) = (here.as_ref().map(|row| row.key(table)), there.as_ref().map(|row| row.key(table)));
    let (key, difference) = match (here_key, there_key) {
        (Some(here_key), Some(there_key)) if here_key == there_key => {
            let columns = here.unwrap_or_default().differences(&there.unwrap_or_default(), table).join(", ");
            (here_key, format!("differs on the server in: {columns}"))
        }
        (Some(here_key), there_key) if there_key.as_ref().is_none_or(|there_key| here_key < *there_key) => {
            (here_key, "is not on the server".to_owned())
        }
        (here_key, there_key) => {
            (there_key.or(here_key).expect("one of them is there"), "is only on the server".to_owned())
        }
    };
    CopyError::Differs { table: table.name.clone(), key: key.shown(table), difference }
}
