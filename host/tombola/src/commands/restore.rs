use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use tombola_store_sqlite::{Settings, backup};

use super::place::Place;
use crate::exit::Ended;
use crate::{private, runtime};

/// Put a copy that `backup` made where a host will open it
///
/// Nothing is overwritten: where a database stands already, move it away first, and its log (-wal) with it.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// Copy to restore; it stays
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl Restore {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        let Self { file, place } = self;
        let storage = place.storage()?;
        let (database, key) = (storage.database(), storage.host_key_file());
        let database = database.file("restored", "restore the server's own backup")?;
        private::make_folder(&storage.data).with_context(|| format!("making {}", storage.data.display()))?;
        runtime::block_on(async { Ok(backup::restore(&file, &Settings::new(database)).await?) })?;
        eprintln!("{} is restored to {}", file.display(), database.display());
        if !key.exists() {
            eprintln!("put the host's key, {}, in its place before the host is started", key.display());
        }
        Ok(Ended::Done)
    }
}
