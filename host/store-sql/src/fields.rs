//! Columns to values, with the place where they are wrong.

use std::fmt::Display;
use std::str::FromStr;

use tombola_domain::digest::Digest;
use tombola_domain::time::Timestamp;
use tombola_store::{Result, StoreError};

use crate::db::{Column, Row};

/// A row that was read, with its name for whoever has to mend it.
pub(crate) struct Fields<'r> {
    pub(crate) table: &'static str,
    /// The column that names the row; none that speaks of a person.
    pub(crate) key: &'static str,
    pub(crate) row: &'r Row,
}

impl<'r> Fields<'r> {
    pub(crate) fn count(&self, column: &'static str) -> Result<u64> {
        self.get::<i64>(column).and_then(|number| self.as_count(column, number))
    }

    pub(crate) fn optional_count(&self, column: &'static str) -> Result<Option<u64>> {
        self.get::<Option<i64>>(column)?.map(|number| self.as_count(column, number)).transpose()
    }

    pub(crate) fn small(&self, column: &'static str) -> Result<i32> {
        let number: i64 = self.get(column)?;
        i32::try_from(number).map_err(|error| self.wrong(column, &error))
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<String> {
        self.get(column)
    }

    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self, column: &'static str) -> Result<T> {
        self.get::<&str>(column)?.parse().map_err(|error| self.wrong(column, &error))
    }

    pub(crate) fn optional_parsed<T: FromStr<Err: Display>>(&self, column: &'static str) -> Result<Option<T>> {
        let text: Option<&str> = self.get(column)?;
        text.map(|text| text.parse().map_err(|error| self.wrong(column, &error))).transpose()
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, column: &'static str) -> Result<T> {
        serde_json::from_str(self.get(column)?).map_err(|error| self.wrong(column, &error))
    }

    pub(crate) fn digest(&self, column: &'static str) -> Result<Digest> {
        Digest::try_from(self.get::<&[u8]>(column)?).map_err(|error| self.wrong(column, &error))
    }

    /// Bytes of a type's own length: a key, a signature.
    pub(crate) fn bytes<T: TryFrom<&'r [u8], Error: Display>>(&self, column: &'static str) -> Result<T> {
        T::try_from(self.get::<&[u8]>(column)?).map_err(|error| self.wrong(column, &error))
    }

    pub(crate) fn optional_digest(&self, column: &'static str) -> Result<Option<Digest>> {
        let bytes: Option<&[u8]> = self.get(column)?;
        bytes.map(|bytes| Digest::try_from(bytes).map_err(|error| self.wrong(column, &error))).transpose()
    }

    pub(crate) fn time(&self, column: &'static str) -> Result<Timestamp> {
        self.get(column).map(Timestamp::from_millis)
    }

    pub(crate) fn optional_time(&self, column: &'static str) -> Result<Option<Timestamp>> {
        Ok(self.get::<Option<i64>>(column)?.map(Timestamp::from_millis))
    }

    /// The posting that the column of this name says the row is of: the same as the one that was found by its business key.
    pub(crate) fn posting(&self, found: &'static str) -> Result<u64> {
        let number = self.count("posting")?;
        if self.optional_count(found)? == Some(number) {
            return Ok(number);
        }
        Err(self.wrong("posting", &"what was posted for it is another posting, or none"))
    }

    pub(crate) fn get<T: Column<'r>>(&self, column: &'static str) -> Result<T> {
        self.row.try_get(column).map_err(|error| self.wrong(column, &error))
    }

    pub(crate) fn wrong(&self, column: &'static str, reason: &dyn Display) -> StoreError {
        let row = self.row.shown(self.key);
        StoreError::Corrupt { table: self.table, column, row, reason: reason.to_string() }
    }

    fn as_count(&self, column: &'static str, number: i64) -> Result<u64> {
        u64::try_from(number).map_err(|error| self.wrong(column, &error))
    }
}

/// A number that a caller asks for; what is beyond SQL's integers is not there either.
pub(crate) fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count as SQL keeps it.
pub(crate) fn integer(count: u64) -> i64 {
    i64::try_from(count).expect("counts of this program stay below 2^63")
}
