//! Opening: the checks that come before the first call.

use sqlx::migrate::MigrateError;
use sqlx::postgres::PgConnection;

use crate::examine::Examination;
use crate::finding::Finding;
use crate::hosts;
use crate::migrations;
use crate::server::{Purpose, Server};
use crate::settings::Settings;

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Without a connection that reads nothing can be drawn.
    #[error("the settings ask for no reading connections; at least 1 is needed")]
    NoReaders,
    /// The address is none. It may hold a password, and so is not repeated.
    #[error("the address of the database can't be read; it is like postgres://user:password@host:5432/database")]
    Address(#[source] sqlx::Error),
    /// The server could not be reached, or did not do what was asked.
    #[error("the database {place} could not be opened")]
    Database {
        /// Which.
        place: String,
        /// What the server says.
        source: sqlx::Error,
    },
    /// A host would not be safe on it.
    #[error("the database {place} can't be used: {finding}; {}", finding.remedy())]
    Refused {
        /// Which.
        place: String,
        /// What is wrong.
        finding: Finding,
    },
    /// Somebody else makes its tables or fills them.
    #[error("another program migrates the database {place} or copies into it; wait until that has ended")]
    Busy {
        /// Which.
        place: String,
    },
    /// What takes more than one transaction needs a connection of its own.
    #[error("the address of the database {place} leads to a pooler; name the server itself")]
    Pooled {
        /// Which.
        place: String,
    },
    /// It could not be brought up to this program's version.
    #[error("the database could not be brought up to version {to}")]
    Migration {
        /// This program's version.
        to: i64,
        /// Which step failed.
        source: MigrateError,
    },
}

/// What came of bringing a database up to this program's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The version that it had; 0 where there was nothing in it.
    pub from: i64,
    /// The one that it has.
    pub to: i64,
}

/// Brings the database up to this program's version.
pub async fn migrate(settings: &Settings) -> Result<Migrated, OpenError> {
    let server = Server::new(settings.clone());
    let mut connection = server.reach(Purpose::Migrate).await.map_err(|source| failed(settings, source))?;
    let to = migrations::version();
    let from = match refusal(settings, &mut connection).await? {
        Some(Finding::Pending { found, .. }) => found,
        Some(finding) => return Err(refused(settings, finding)),
        None => return Ok(Migrated { from: to, to }),
    };
    let options = server.options(Purpose::Migrate);
    migrations::run(&mut connection, options).await.map_err(|source| OpenError::Migration { to, source })?;
    tracing::info!(from, to, "the database was brought up to date");
    Ok(Migrated { from, to })
}

/// Looks at the database and its server, and touches nothing. The clock gives milliseconds since 1970.
pub async fn examine(settings: &Settings, now_ms: &(dyn Fn() -> i64 + Sync)) -> Result<Examination, OpenError> {
    let failed = |source| failed(settings, source);
    let mut connection = Server::new(settings.clone()).reach(Purpose::Read).await.map_err(failed)?;
    Examination::of(settings, &mut connection, now_ms).await.map_err(failed)
}

/// What is opened: the connection that writes, and the number of the host that does.
pub(crate) async fn open(settings: &Settings, server: &Server) -> Result<(PgConnection, i64), OpenError> {
    if settings.readers == 0 {
        return Err(OpenError::NoReaders);
    }
    let mut writer = connect(settings, server, Purpose::Write).await?;
    let host = hosts::join(server, &mut writer, settings).await.map_err(|source| failed(settings, source))?;
    Ok((writer, host))
}

/// Connects to a database that a host can use as it is.
pub(crate) async fn connect(settings: &Settings, server: &Server, purpose: Purpose) -> Result<PgConnection, OpenError> {
    let failed = |source| failed(settings, source);
    let mut connection = server.reach(purpose).await.map_err(failed)?;
    match refusal(settings, &mut connection).await? {
        Some(finding) => Err(refused(settings, finding)),
        None => server.settled(connection).await.map_err(failed),
    }
}

pub(crate) fn failed(settings: &Settings, source: sqlx::Error) -> OpenError {
    OpenError::Database { place: settings.place(), source }
}

pub(crate) fn refused(settings: &Settings, finding: Finding) -> OpenError {
    OpenError::Refused { place: settings.place(), finding }
}

/// Whether migrations are pending, or a copy is not done. Whatever else keeps a host from starting is an error.
pub(crate) async fn refusal(settings: &Settings, connection: &mut PgConnection) -> Result<Option<Finding>, OpenError> {
    // No host refuses to start for what the clock says.
    let examination = Examination::of(settings, connection, &|| 0).await.map_err(|source| failed(settings, source))?;
    match examination.findings().into_iter().find(|finding| !finding.is_tolerated()) {
        Some(finding) if !matches!(finding, Finding::Pending { .. } | Finding::Unfinished) => {
            Err(refused(settings, finding))
        }
        pending => Ok(pending),
    }
}

#[cfg(test)]
mod tests;
