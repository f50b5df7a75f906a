use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use tombola_store_sqlite::{Settings, backup};

use super::place::Place;
use crate::exit::{Ended, UsageError};
use crate::{progress, runtime};

/// How often the bar moves.
const PERIOD: Duration = Duration::from_millis(100);

/// Copy a host's database to a file, also while it runs
///
/// The copy is whole, checked and on the disk when the command ends. It is of no use without the host's key, which is best
/// kept elsewhere.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// File to write; nothing may be there yet
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl Backup {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        let Self { file, place } = self;
        let database = place.storage()?.database();
        let database = database.file("copied", "back the server up, with pg_dump or pg_basebackup")?;
        let missing = |error| UsageError::of(format!("there is no database {}", database.display()), error);
        let bar = progress::bytes(std::fs::metadata(database).map_err(missing)?.len());
        let (settings, growing) = (Settings::new(database), backup::partial(&file));
        let copied = runtime::block_on(async {
            tokio::select! {
                copied = backup::back_up(&settings, &file) => Ok(copied?),
                never = watch(&bar, &growing) => match never {},
            }
        });
        bar.finish_and_clear();
        copied?;
        eprintln!("{} is copied to {}", database.display(), file.display());
        Ok(Ended::Done)
    }
}

async fn watch(bar: &ProgressBar, growing: &Path) -> std::convert::Infallible {
    loop {
        bar.set_position(std::fs::metadata(growing).map_or(0, |file| file.len()));
        tokio::time::sleep(PERIOD).await;
    }
}
