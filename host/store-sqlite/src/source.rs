use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteLockingMode;
use tombola_store_sql::db::{self, Connection};

use crate::open::attempt::State;
use crate::open::{self, OpenError};
use crate::origin::{before_moving, mark, moved};
use crate::settings::Settings;

/// How long a host that is ending may take to let go of its database.
const PATIENCE: Duration = Duration::from_secs(2);

/// A database that is read as a whole, to go on elsewhere. Nobody else has it open as long as this lives, nor can open it.
pub struct Source {
    path: PathBuf,
    connection: Connection,
    /// Which of ours it is.
    application: i64,
}

impl Source {
    /// Opens a database that is there, of this program's version, and that nobody has open. Nothing is changed.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let mut source = Self::hold(path).await?;
        open::refuse_older(path, source.file()).await?;
        Ok(source)
    }

    /// Has hosts serve a database again that was to go on elsewhere, whatever its version. Answers whether it was.
    pub async fn take_back(path: &Path) -> Result<bool, OpenError> {
        let mut source = Self::hold(path).await?;
        let was_moved = source.is_moved();
        source.mark(before_moving).await?;
        source.close().await?;
        Ok(was_moved)
    }

    async fn hold(path: &Path) -> Result<Self, OpenError> {
        let settings = Settings { deadline: PATIENCE, ..Settings::new(path) };
        let (reading, writing) = open::connections(&settings);
        open::inspect(path, &reading).await?;
        let failed = |source| open::failed(path, source);
        let mut file = open::connect(&writing.locking_mode(SqliteLockingMode::Exclusive)).await.map_err(failed)?;
        // It is had with the first look at it.
        let application = open::pragma(&mut file, "PRAGMA application_id").await.map_err(failed)?;
        Ok(Self { path: path.to_owned(), connection: file.into(), application })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The connection to it.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// What is another one as soon as anybody has written to it, and in any other database.
    pub async fn state(&mut self) -> Result<String, sqlx::Error> {
        let latest =
            "SELECT coalesce(max(hex(commitment)), '') FROM epochs WHERE number = (SELECT max(number) FROM epochs)";
        let latest: String = db::query_scalar(latest).fetch_one(&mut self.connection).await?;
        let state = State::read(self.file()).await?;
        Ok(format!("{state} {latest}"))
    }

    /// Whether it goes on elsewhere.
    pub fn is_moved(&self) -> bool {
        before_moving(self.application).is_some()
    }

    /// From now on no host serves it. Durable when this returns.
    pub async fn mark_moved(&mut self) -> Result<(), OpenError> {
        self.mark(moved).await
    }

    async fn mark(&mut self, change: fn(i64) -> Option<i64>) -> Result<(), OpenError> {
        if let Some(application) = change(self.application) {
            let marked = mark(self.file(), application).await;
            marked.map_err(|source| open::failed(&self.path, source))?;
            self.application = application;
        }
        Ok(())
    }

    fn file(&mut self) -> &mut SqliteConnection {
        self.connection.as_sqlite().expect("it is a file")
    }

    /// Lets go of it.
    pub async fn close(self) -> Result<(), OpenError> {
        let Self { path, connection, .. } = self;
        connection.close().await.map_err(|source| open::failed(&path, source))
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;
    use tombola_store::origin::Origin;

    use super::*;
    use crate::backup;

    #[tokio::test]
    async fn who_reads_it_as_a_whole_has_it_alone() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("tombola.db");
        let settings = || Settings { deadline: Duration::from_millis(100), ..Settings::new(&path) };
        let host = crate::open(settings()).await.unwrap();
        assert!(matches!(Source::open(&path).await, Err(OpenError::InUse(_))));
        host.close().await;
        let source = Source::open(&path).await.unwrap();
        assert!(matches!(crate::open(settings()).await, Err(OpenError::InUse(_))));
        assert!(matches!(crate::open_beside(settings()).await, Err(OpenError::InUse(_))));
        source.close().await.unwrap();
        crate::open(settings()).await.unwrap().close().await;
    }

    #[tokio::test]
    async fn what_is_of_another_version_is_taken_back_and_not_copied() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("tombola.db");
        crate::open(Settings::new(&path)).await.unwrap().close().await;
        let mut source = Source::open(&path).await.unwrap();
        source.mark_moved().await.unwrap();
        sqlx::query("PRAGMA user_version = 1").execute(source.file()).await.unwrap();
        source.close().await.unwrap();
        assert!(matches!(Source::open(&path).await, Err(OpenError::Older { .. })));
        assert!(Source::take_back(&path).await.unwrap());
    }

    #[tokio::test]
    async fn what_goes_on_elsewhere_is_served_once_it_is_taken_back() {
        let folder = TempDir::new().unwrap();
        let (path, copy) = (folder.path().join("tombola.db"), folder.path().join("copy.db"));
        crate::open(Settings::new(&path)).await.unwrap().close().await;
        backup::back_up(&Settings::new(&path), &folder.path().join("backup")).await.unwrap();
        backup::restore(&folder.path().join("backup"), &Settings::new(&copy)).await.unwrap();
        for (path, is_copy) in [(path, false), (copy, true)] {
            let mut source = Source::open(&path).await.unwrap();
            let state = source.state().await.unwrap();
            for _ in 0..2 {
                source.mark_moved().await.unwrap();
                assert!(source.is_moved());
            }
            source.close().await.unwrap();
            assert!(matches!(crate::open(Settings::new(&path)).await, Err(OpenError::Moved(_))));
            assert!(matches!(crate::open_beside(Settings::new(&path)).await, Err(OpenError::Moved(_))));
            assert!(matches!(crate::latest_epochs(&Settings::new(&path)).await, Err(OpenError::Moved(_))));
            let mut source = Source::open(&path).await.unwrap();
            assert!(source.is_moved());
            assert_eq!(source.state().await.unwrap(), state);
            source.close().await.unwrap();
            assert!(Source::take_back(&path).await.unwrap());
            assert!(!Source::take_back(&path).await.unwrap());
            let host = crate::open(Settings::new(&path)).await.unwrap();
            assert_eq!(host.is_copy().await.unwrap(), is_copy);
            host.close().await;
            let mut source = Source::open(&path).await.unwrap();
            assert_ne!(source.state().await.unwrap(), state, "somebody had it meanwhile");
        }
    }
}
