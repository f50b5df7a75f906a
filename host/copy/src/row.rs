//! Rows in one form on both sides: that in which a server takes and gives them. Of each column its length in four bytes, which is -1
//! for null, and what it holds; integers have eight bytes, the highest first. Two rows of a table are the same if their bytes are.

use std::borrow::Cow;
use std::fmt;

use data_encoding::HEXLOWER;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, ValueRef as _};

use crate::error::CopyError;
use crate::table::{Kind, Table};

const NULL: i32 = -1;

/// The values of a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Row(pub(crate) Vec<u8>);

/// One value that is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// The key of a row, ordered as both databases order it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(pub(crate) Vec<Value>);

impl Row {
    /// A row of a file.
    pub(crate) fn of_file(table: &Table, found: &SqliteRow) -> Result<Self, CopyError> {
        let mut row = Self::default();
        for (place, column) in table.columns.iter().enumerate() {
            let wrong = |why: String| CopyError::Value {
                table: table.name.clone(),
                key: shown_key(table, found),
                column: column.name.clone(),
                why,
            };
            let value = read(found, place, column.kind).map_err(|error| wrong(error.to_string()))?;
            if column.kind == Kind::Text && value.as_ref().is_some_and(|text| text.contains(&0)) {
                return Err(wrong("it has the character U+0000 in it, which no text on a server can have".to_owned()));
            }
            row.put(value.as_deref());
        }
        Ok(row)
    }

    /// A row of a server's, which gives it in this form.
    pub(crate) fn of_server(table: &Table, found: &PgRow) -> Result<Self, sqlx::Error> {
        let mut row = Self::default();
        for place in 0..table.columns.len() {
            let value = found.try_get_raw(place)?;
            let bytes = if value.is_null() { None } else { Some(value.as_bytes().map_err(sqlx::Error::Decode)?) };
            row.put(bytes);
        }
        Ok(row)
    }

    fn put(&mut self, value: Option<&[u8]>) {
        let length =
            value.map_or(NULL, |bytes| i32::try_from(bytes.len()).expect("no database keeps 2 GiB in a column"));
        self.0.extend(length.to_be_bytes());
        self.0.extend(value.unwrap_or_default());
    }

    /// The bytes of each column.
    fn fields(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let mut rest = &self.0[..];
        std::iter::from_fn(move || {
            let (length, behind) = rest.split_first_chunk()?;
            let length = usize::try_from(i32::from_be_bytes(*length)).ok();
            let (value, behind) = behind.split_at(length.unwrap_or_default());
            rest = behind;
            Some(length.map(|_| value))
        })
    }

    /// Its key, if the row is one of the table's.
    pub(crate) fn key(&self, table: &Table) -> Key {
        let fields: Vec<_> = self.fields().collect();
        let value = |place: &usize| {
            let bytes = fields.get(*place).copied().flatten().unwrap_or_default();
            match table.columns[*place].kind {
                Kind::Integer => Value::Integer(bytes.try_into().map(i64::from_be_bytes).unwrap_or_default()),
                Kind::Text => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
                Kind::Bytes => Value::Bytes(bytes.to_vec()),
            }
        };
        Key(table.key.iter().map(value).collect())
    }

    /// The columns in which it is another one.
    pub(crate) fn differences<'t>(&self, other: &Self, table: &'t Table) -> Vec<&'t str> {
        let pairs = self.fields().zip(other.fields()).zip(&table.columns);
        pairs.filter(|((one, other), _)| one != other).map(|(_, column)| column.name.as_str()).collect()
    }
}

impl Key {
    /// With the names of its columns.
    pub(crate) fn shown(&self, table: &Table) -> String {
        let columns = table.key.iter().map(|place| &table.columns[*place].name);
        columns.zip(&self.0).map(|(column, value)| format!("{column} {value}")).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(out),
            Self::Text(text) => text.fmt(out),
            Self::Bytes(bytes) => HEXLOWER.encode(bytes).fmt(out),
        }
    }
}

/// A value of a row of a file's, in the form of a server's.
fn read(found: &SqliteRow, place: usize, kind: Kind) -> Result<Option<Cow<'_, [u8]>>, sqlx::Error> {
    match kind {
        Kind::Integer => {
            let number: Option<i64> = found.try_get(place)?;
            Ok(number.map(|number| number.to_be_bytes().to_vec().into()))
        }
        Kind::Text => found.try_get::<Option<&str>, _>(place).map(|text| text.map(|text| text.as_bytes().into())),
        Kind::Bytes => found.try_get::<Option<&[u8]>, _>(place).map(|bytes| bytes.map(Into::into)),
    }
}

/// The key of a row that can't be read as a whole; `?` for what of it can't be either.
fn shown_key(table: &Table, found: &SqliteRow) -> String {
    let value = |place: &usize| match table.columns[*place].kind {
        Kind::Integer => found.try_get(*place).ok().map(Value::Integer),
        Kind::Text => found.try_get(*place).ok().map(Value::Text),
        Kind::Bytes => found.try_get(*place).ok().map(Value::Bytes),
    };
    let shown = |place: &usize| {
        let value = value(place).map_or_else(|| "?".to_owned(), |value| value.to_string());
        format!("{} {value}", table.columns[*place].name)
    };
    table.key.iter().map(shown).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::arbitrary::any;
    use proptest::array::uniform2;
    use proptest::option;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::table::tests::table;

    fn row(values: &[Option<&[u8]>]) -> Row {
        let mut row = Row::default();
        for value in values {
            row.put(*value);
        }
        row
    }

    #[test]
    fn rows_are_the_same_if_their_values_are() {
        let table = table("t", &["b0", "b1"], &[]);
        // So short that many are equal, and that all there is of one can be a part of the next.
        let values = || uniform2(option::of(proptest::collection::vec(any::<bool>(), 0..3)));
        let check = |pair: [[Option<Vec<bool>>; 2]; 2]| {
            let values = pair
                .map(|values| values.map(|value| value.map(|bits| bits.into_iter().map(u8::from).collect::<Vec<_>>())));
            let rows = values.each_ref().map(|values| row(&values.each_ref().map(Option::as_deref)));
            for (row, values) in rows.iter().zip(&values) {
                assert_eq!(row.fields().collect::<Vec<_>>(), values.each_ref().map(Option::as_deref));
            }
            assert_eq!(rows[0] == rows[1], values[0] == values[1]);
            let differ = rows[0].differences(&rows[1], &table);
            for (place, column) in ["b0", "b1"].into_iter().enumerate() {
                assert_eq!(differ.contains(&column), values[0][place] != values[1][place]);
            }
            Ok(())
        };
        TestRunner::default().run(&uniform2(values()), check).unwrap();
    }

    #[test]
    fn keys_are_ordered_and_shown_by_their_values() {
        let table = table("lots", &["tag", "lapses_at", "bytes"], &[]);
        let key = |text: &str, number: i64, bytes: &[u8]| {
            row(&[Some(text.as_bytes()), Some(&number.to_be_bytes()), Some(bytes)]).key(&table)
        };
        assert!(key("B", 1, b"") < key("a", 0, b""), "text by its bytes");
        assert!(key("a", -1, b"") < key("a", 0, b""), "numbers by their value");
        assert!(key("a", 0, b"\x01") < key("a", 0, b"\x01\x00"));
        assert_eq!(key("a", -7, b"\x0a\xff").shown(&table), "tag a, lapses_at -7, bytes 0aff");
    }
}
