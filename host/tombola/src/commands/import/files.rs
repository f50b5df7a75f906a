use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tombola_import::big_market::Campaign;

use crate::exit::UsageError;

/// Documents name nobody; lists name players.
const DOCUMENT_MODE: u32 = 0o644;
const LIST_MODE: u32 = 0o600;

/// The folder that documents and lists go to.
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    pub(super) fn within(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(super) fn document(&self, campaign: &Campaign) -> PathBuf {
        self.folder.join(format!("{}.yaml", campaign.document.campaign))
    }

    pub(super) fn lists(&self, campaign: &Campaign) -> Vec<PathBuf> {
        campaign.lists.iter().map(|list| self.folder.join(list.file())).collect()
    }

    /// Says which of the files is there already, before any is written.
    pub(super) fn are_new(&self, campaigns: &[Campaign]) -> Result<(), UsageError> {
        let mut files =
            campaigns.iter().flat_map(|campaign| self.lists(campaign).into_iter().chain([self.document(campaign)]));
        match files.find(|path| path.symlink_metadata().is_ok()) {
            Some(path) => {
                Err(UsageError::new(format!("{} is there already; give another folder (--out)", path.display())))
            }
            None => Ok(()),
        }
    }

    /// Writes them, and makes the folder where it is missing.
    pub(super) fn write<'a>(&self, documents: impl Iterator<Item = (&'a Campaign, &'a str)>) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.folder)
            .with_context(|| format!("making the folder {}", self.folder.display()))?;
        for (campaign, text) in documents {
            for (path, list) in self.lists(campaign).into_iter().zip(&campaign.lists) {
                let lines: String = list.members.iter().flat_map(|player| [player.as_str(), "\n"]).collect();
                write(&path, &lines, LIST_MODE)?;
            }
            write(&self.document(campaign), text, DOCUMENT_MODE)?;
        }
        Ok(())
    }
}

/// Never writes over a file, also where two strategies have one id.
fn write(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = file.with_context(|| format!("making {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("writing {}", path.display()))
}
