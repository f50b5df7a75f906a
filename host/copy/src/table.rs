//! What is known of a table.

use std::collections::BTreeSet;

/// How values of a column are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Text,
    Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// A table whose rows have a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    /// Places among the columns, in the order of the key; none may be null.
    pub(crate) key: Vec<usize>,
    /// Tables that its rows refer to.
    pub(crate) references: BTreeSet<String>,
    /// The column that the database numbers by itself.
    pub(crate) numbered: Option<String>,
}

impl Table {
    /// The columns, for a statement.
    pub(crate) fn columns(&self) -> String {
        quoted(self.columns.iter())
    }

    /// The columns of the key, for a statement.
    pub(crate) fn key_columns(&self) -> String {
        quoted(self.key.iter().map(|place| &self.columns[*place]))
    }

    /// What reads all rows in the order of their keys, or those behind a key that is given in parameters.
    pub(crate) fn select(&self, is_behind_key: bool) -> String {
        let (name, columns, key) = (&self.name, self.columns(), self.key_columns());
        let behind = if is_behind_key {
            let parameters: Vec<_> = (1..=self.key.len()).map(|number| format!("${number}")).collect();
            format!(" WHERE ({key}) > ({})", parameters.join(", "))
        } else {
            String::new()
        };
        format!("SELECT {columns} FROM \"{name}\"{behind} ORDER BY {key}")
    }
}

fn quoted<'c>(columns: impl Iterator<Item = &'c Column>) -> String {
    columns.map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// With a key of all columns, of which those whose name begins with `t` are text and with `b` bytes.
    pub(crate) fn table(name: &str, columns: &[&str], references: &[&str]) -> Table {
        let kind = |name: &str| match name.as_bytes()[0] {
            b't' => Kind::Text,
            b'b' => Kind::Bytes,
            _ => Kind::Integer,
        };
        Table {
            name: name.to_owned(),
            columns: columns.iter().map(|name| Column { name: (*name).to_owned(), kind: kind(name) }).collect(),
            key: (0..columns.len()).collect(),
            references: references.iter().map(|name| (*name).to_owned()).collect(),
            numbered: None,
        }
    }

    #[test]
    fn rows_are_read_in_the_order_of_their_keys() {
        let table = table("lots", &["text", "left"], &[]);
        assert_eq!(table.select(false), r#"SELECT "text", "left" FROM "lots" ORDER BY "text", "left""#);
        let behind = r#"SELECT "text", "left" FROM "lots" WHERE ("text", "left") > ($1, $2) ORDER BY "text", "left""#;
        assert_eq!(table.select(true), behind);
    }
}
