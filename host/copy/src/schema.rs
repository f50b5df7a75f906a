//! Which tables there are, as the databases themselves say it.

use std::collections::{BTreeMap, BTreeSet};

use tombola_store_sql::db::{self, Connection, Row};

use crate::error::{CopyError, Side};
use crate::order::groups;
use crate::table::{Column, Kind, Table};

const IN_FILE: &str = r#"
    SELECT t.name AS "table", c.name AS "column", c.type AS type, c.pk AS place, 0 AS numbered
    FROM sqlite_schema t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND t.name <> '_sqlx_migrations'
    ORDER BY t.name, c.cid"#;

const ON_SERVER: &str = r#"
    SELECT t.relname AS "table", c.attname AS "column", format_type(c.atttypid, NULL) AS type, coalesce((
               SELECT k.place FROM pg_index i, unnest(CAST(i.indkey AS SMALLINT[])) WITH ORDINALITY AS k (attnum, place)
               WHERE i.indrelid = t.oid AND i.indisprimary AND k.attnum = c.attnum
           ), 0) AS place, c.attidentity <> '' AS numbered
    FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid
    WHERE t.relnamespace = CAST(current_schema() AS REGNAMESPACE) AND t.relkind IN ('r', 'p')
          AND NOT t.relispartition AND c.attnum > 0 AND NOT c.attisdropped
    ORDER BY t.relname, c.attnum"#;

const REFERENCES: &str = r#"
    SELECT t.relname AS "table", r.relname AS target FROM pg_constraint c
    JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid
    WHERE c.contype = 'f' AND t.relnamespace = CAST(current_schema() AS REGNAMESPACE)"#;

/// All tables of a file, which are on the server too, in groups in the order in which they can be filled.
pub(crate) async fn read(file: &mut Connection, server: &mut Connection) -> Result<Vec<Vec<Table>>, CopyError> {
    let here = tables(&db::query(IN_FILE).fetch_all(file).await.map_err(CopyError::Source)?, Side::Source)?;
    let found = db::query(ON_SERVER).fetch_all(server).await.map_err(CopyError::Target)?;
    let mut there = tables(&found, Side::Target)?;
    for row in db::query(REFERENCES).fetch_all(server).await.map_err(CopyError::Target)? {
        let name = |column| row.try_get::<String, _>(column).map_err(CopyError::Target);
        let (table, target) = (name("table")?, name("target")?);
        if let Some(table) = there.get_mut(&table) {
            table.references.insert(target);
        }
    }
    let matched = here.into_values().map(|here| matched(here, &there)).collect::<Result<_, _>>()?;
    Ok(groups(matched))
}

fn tables(rows: &[Row], side: Side) -> Result<BTreeMap<String, Table>, CopyError> {
    let mut tables = BTreeMap::<String, (Table, BTreeMap<i64, usize>)>::new();
    for row in rows {
        let failed = || side.failed();
        let text = |column| row.try_get::<String, _>(column).map_err(failed());
        let (name, column, kind) = (text("table")?, text("column")?, text("type")?);
        let kind = match kind_of(&kind) {
            Some(kind) => kind,
            // Whatever else the server keeps is its own, unless the file has it too.
            None if side == Side::Target => continue,
            None => return Err(CopyError::Schema { table: name, what: format!("{column} is of the type {kind}") }),
        };
        let empty = || (Table::without_columns(&name), BTreeMap::new());
        let (table, key) = tables.entry(name.clone()).or_insert_with(empty);
        let place: i64 = row.try_get("place").map_err(failed())?;
        if place > 0 {
            key.insert(place, table.columns.len());
        }
        if row.try_get("numbered").map_err(failed())? {
            table.numbered = Some(column.clone());
        }
        table.columns.push(Column { name: column, kind });
    }
    let keyed = |(name, (table, key)): (String, (Table, BTreeMap<i64, usize>))| {
        (name, Table { key: key.into_values().collect(), ..table })
    };
    Ok(tables.into_iter().map(keyed).collect())
}

fn kind_of(name: &str) -> Option<Kind> {
    match name {
        "INTEGER" | "bigint" => Some(Kind::Integer),
        "TEXT" | "text" => Some(Kind::Text),
        "BLOB" | "bytea" => Some(Kind::Bytes),
        _ => None,
    }
}

/// The table of the file, with what only the server knows of it.
fn matched(here: Table, there: &BTreeMap<String, Table>) -> Result<Table, CopyError> {
    let differs = |what: String| CopyError::Schema { table: here.name.clone(), what };
    let there = there.get(&here.name).ok_or_else(|| differs("it is not on the server".to_owned()))?;
    let missing = here.columns.iter().find(|column| !there.columns.contains(column));
    if let Some(column) = missing {
        return Err(differs(format!("{} is not on the server, or of another type", column.name)));
    }
    if here.key.is_empty() || here.key_columns() != there.key_columns() {
        return Err(differs(format!("its key is ({}) rather than ({})", there.key_columns(), here.key_columns())));
    }
    Ok(Table { references: there.references.clone(), numbered: there.numbered.clone(), ..here })
}

impl Table {
    fn without_columns(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            columns: Vec::new(),
            key: Vec::new(),
            references: BTreeSet::new(),
            numbered: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::table;

    #[test]
    fn a_table_that_is_another_one_on_the_server_is_refused() {
        let check = |there: &[Table], expected: &str| {
            let there = there.iter().map(|table| (table.name.clone(), table.clone())).collect();
            let refused = matched(table("lots", &["text", "left"], &[]), &there).unwrap_err().to_string();
            assert!(refused.contains("lots") && refused.contains(expected), "{refused}");
        };
        check(&[table("units", &["text"], &[])], "not on the server");
        check(&[table("lots", &["text", "right"], &[])], "left is not on the server");
        let mut other = table("lots", &["text", "left"], &[]);
        other.columns[1].kind = Kind::Text;
        check(&[other.clone()], "left is not on the server, or of another type");
        other.columns[1].kind = Kind::Integer;
        other.key.reverse();
        check(&[other], r#"its key is ("left", "text")"#);
    }
}
