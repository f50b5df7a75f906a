use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use tombola_engine::document::parse;
use tombola_import::big_market::{Campaign, Import, Zone, import};
use tombola_import::dump::DUMP_BYTES_MAX;
use tombola_import::yaml;

use super::answer::{self, Answer};
use super::files::Files;
use super::judged::Judged;
use crate::exit::{Ended, UsageError};
use crate::offline::StandardRules;
use crate::{progress, report, runtime};

/// Make a document of each strategy of the reference lottery, from a dump of its MySQL tables
///
/// Shows for each prize the declared odds, those that a new player has here after all rules, and those that the slots of the reference
/// would have given; then what was not carried over as it was, and what the verifier finds. Works without a host. Files that are there are
/// not written over. Ends with 1 where a finding keeps a document from being published.
#[derive(Debug, Args)]
pub(crate) struct BigMarket {
    /// Dump, as `mysqldump` writes it
    file: PathBuf,
    /// Folder for the documents, and for the lists of players that they need
    #[arg(long, value_name = "FOLDER", default_value = "big-market")]
    out: PathBuf,
    /// Time zone of the times in the dump
    #[arg(long, value_name = "ZONE", default_value = "Asia/Shanghai")]
    timezone: Zone,
    /// Print odds, notes and findings as JSON
    #[arg(long)]
    json: bool,
}

impl BigMarket {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        let Self { file, out, timezone, json } = self;
        let name = file.display();
        let dump = read(&file).map_err(|error| UsageError::of(format!("{name} can't be read"), error))?;
        let imported = import(&dump, &timezone);
        let Import { campaigns, notes } =
            imported.map_err(|error| UsageError::of(format!("{name} can't be imported"), error))?;
        let files = Files::within(out);
        files.are_new(&campaigns)?;
        let judged = runtime::block_on(judge(&campaigns))?;
        files.write(campaigns.iter().zip(&judged).map(|(campaign, (text, _))| (campaign, text.as_str())))?;
        let answer = Answer {
            campaigns: campaigns
                .iter()
                .zip(judged)
                .map(|(campaign, (_, judged))| answer::campaign(campaign, judged, &files))
                .collect(),
            notes: notes.into_iter().map(answer::Note::from).collect(),
        };
        if json {
            println!("{}", serde_json::to_string(&answer)?);
        } else {
            print!("{}", report::printable_lines(&report::import(&answer)));
        }
        Ok(if answer.is_blocked() { Ended::Refused } else { Ended::Done })
    }
}

/// One byte more than is allowed, at most, so that too long a file is told as such.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(DUMP_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    File::open(file)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Each document as it will be written, and what is known of it: what is judged is what stands in the file.
async fn judge(campaigns: &[Campaign]) -> anyhow::Result<Vec<(String, Judged)>> {
    let rules = StandardRules::in_sandbox()?;
    let progress = progress::counter("strategies");
    let mut all = Vec::with_capacity(campaigns.len());
    for campaign in campaigns {
        let text = yaml(&campaign.document, &campaign.notes)?;
        let judged = match parse(&text) {
            Ok(document) => Judged::of(&document, &campaign.odds, &rules).await?,
            Err(findings) => Judged { findings, effective: Vec::new() },
        };
        all.push((text, judged));
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(all)
}
