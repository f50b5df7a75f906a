//! Attempts to bring a database up to date, of which one may fail again and again under a supervisor that starts the host anew.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sqlx::{Row, SqliteConnection};

use super::beside;

/// What tells whether anybody has written to a database between two attempts: every host that takes it over raises the fence, every
/// draw the position, and whatever an operator does is an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    fence: i64,
    position: i64,
    operations: i64,
}

impl State {
    pub(crate) async fn read(connection: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let query = "SELECT fence, position, (SELECT count(*) FROM operations) AS operations FROM committer";
        let row = sqlx::query(query).fetch_one(connection).await?;
        Ok(Self {
            fence: row.try_get("fence")?,
            position: row.try_get("position")?,
            operations: row.try_get("operations")?,
        })
    }

    /// As it was before the taking over that led here.
    pub(super) const fn before(self) -> Self {
        Self { fence: self.fence - 1, ..self }
    }
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} {}", self.fence, self.position, self.operations)
    }
}

/// A file beside the database that says how the latest attempt from a version found it, while none has succeeded.
pub(super) struct Note(PathBuf);

impl Note {
    pub(super) fn of(database: &Path, version: i64) -> Self {
        Self(beside(database, &format!(".version-{version}.unfinished")))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Whether the latest attempt failed and left this state, of which a copy is there. A file that can't be read says nothing.
    pub(super) fn says(&self, state: State) -> bool {
        std::fs::read_to_string(&self.0).is_ok_and(|noted| noted == state.to_string())
    }

    pub(super) fn write(&self, state: State) -> io::Result<()> {
        let mut file = File::create(&self.0)?;
        file.write_all(state.to_string().as_bytes())?;
        file.sync_all()
    }

    pub(super) fn remove(&self) -> io::Result<()> {
        match std::fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
