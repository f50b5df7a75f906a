use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use data_encoding::{BASE64, HEXLOWER};
use tombola_audit::wire::{self, Draw, GivenRebate, RebateReceipt, Receipt, Record};
use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;
use tombola_domain::rebate;
use tombola_domain::receipt::{self, Basis};
use tombola_store::draws::StoredReceipt;
use tombola_store::epochs::Phase;
use tombola_store::{Store, events};

use super::place::Place;
use crate::exit::Ended;
use crate::report::printable_lines;
use crate::{progress, runtime};

/// Receipts in one read of the database.
const PAGE: u32 = 1_000;

/// Write all draws, and all that was given for events, with their receipts to a file that `tombola verify` takes, also while the host runs
///
/// The file names players and holds the values that rules saw of them, and is readable for its owner only. What the receipts name (revisions, modules, epochs) stands in it
/// once. A file that is there is not written over. Receipts that are damaged are told of and left out, and the command ends with 1 then.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// File to write
    file: PathBuf,
    /// Campaign whose receipts are wanted; all where it isn't given
    #[arg(long)]
    campaign: Option<CampaignId>,
    #[command(flatten)]
    place: Place,
}

impl Export {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        runtime::block_on(async {
            let Self { file, campaign, place } = self;
            let store = place.open().await?;
            let out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file);
            let out = out.with_context(|| format!("making {}", file.display()))?;
            let exported = export(&store, out, campaign.as_ref()).await;
            store.close().await;
            if exported.is_err() {
                // Half of the receipts would pass for all of them.
                std::fs::remove_file(&file).with_context(|| format!("removing the unfinished {}", file.display()))?;
            }
            let Exported { count, damaged } = exported?;
            eprintln!("{count} receipts are in {}", file.display());
            if damaged > 0 {
                eprintln!("{damaged} more are damaged, and are not; `tombola reconcile` tells what else is");
                return Ok(Ended::Refused);
            }
            Ok(Ended::Done)
        })
    }
}

/// How many receipts are in the file, and how many can't be.
#[derive(Default)]
struct Exported {
    count: u64,
    damaged: u64,
}

/// Draws first, and then what was given for events, each in the order of the feed.
async fn export(store: &dyn Store, file: File, campaign: Option<&CampaignId>) -> anyhow::Result<Exported> {
    let progress = progress::counter("receipts");
    let (file, exported) = (BufWriter::new(file), Exported::default());
    let mut out = Out { file, store, campaign, shown: BTreeSet::new(), exported, latest: None };
    let mut after = 0;
    loop {
        let page = store.receipts(after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (position, receipt) in page {
            match receipt {
                Ok(receipt) if out.is_wanted(&receipt.draw.campaign) => out.draw(position, receipt).await?,
                Ok(_) => {}
                Err(error) => out.damaged(position, &error),
            }
        }
        progress.set_position(out.exported.count);
    }
    after = 0;
    loop {
        let page = store.rebate_receipts(after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (position, receipt) in page {
            match receipt {
                Ok(receipt) if out.is_wanted(&receipt.rebate.campaign) => out.rebate(position, receipt).await?,
                Ok(_) => {}
                Err(error) => out.damaged(position, &error),
            }
        }
        progress.set_position(out.exported.count);
    }
    out.tell();
    out.dropped().await?;
    let file = out.file.into_inner().context("writing")?;
    file.sync_all().context("writing to the disk")?;
    Ok(out.exported)
}

struct Out<'a> {
    file: BufWriter<File>,
    store: &'a dyn Store,
    /// The only campaign that is wanted, if it is only one.
    campaign: Option<&'a CampaignId>,
    /// What receipts name and stands in the file already.
    shown: BTreeSet<Named>,
    exported: Exported,
    /// What was found last and is not told yet: a seal takes all of its batch with it.
    latest: Option<Damage>,
}

/// Receipts that are damaged for one reason.
struct Damage {
    reason: String,
    /// Positions of the feed.
    first: u64,
    last: u64,
    count: u64,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Revision(Digest),
    Module(Digest),
    Epoch(u64),
}

impl Out<'_> {
    async fn draw(&mut self, position: u64, stored: StoredReceipt) -> anyhow::Result<()> {
        let id = stored.draw.id.clone();
        let receipt = match receipt::Receipt::decode(&stored.bytes) {
            Ok(receipt) => receipt,
            Err(error) => {
                self.damaged(position, &error);
                return Ok(());
            }
        };
        self.names(&receipt.terms.basis(), &id).await?;
        let (draw, receipt) = (Some(Draw::from(stored.draw.clone())), Some(Receipt::of(stored)?));
        self.receipt(&Record { draw, receipt, ..Record::default() })
    }

    async fn rebate(&mut self, position: u64, stored: events::RebateReceipt) -> anyhow::Result<()> {
        let id = stored.rebate.id.clone();
        let receipt = match rebate::Receipt::decode(&stored.bytes) {
            Ok(receipt) => receipt,
            Err(error) => {
                self.damaged(position, &error);
                return Ok(());
            }
        };
        self.names(&receipt.terms.basis(), &id).await?;
        let (rebate, receipt) = (Some(GivenRebate::from(stored.rebate.clone())), Some(RebateReceipt::of(stored)?));
        self.receipt(&Record { rebate, rebate_receipt: receipt, ..Record::default() })
    }

    /// Notes one that can't be read, whosever and of whichever campaign it is.
    fn damaged(&mut self, position: u64, error: &dyn Display) {
        self.exported.damaged += 1;
        let reason = error.to_string();
        match &mut self.latest {
            Some(latest) if latest.reason == reason => {
                (latest.last, latest.count) = (position, latest.count + 1);
            }
            _ => {
                self.tell();
                self.latest = Some(Damage { reason, first: position, last: position, count: 1 });
            }
        }
    }

    /// Tells what was noted.
    fn tell(&mut self) {
        let told = match self.latest.take() {
            None => return,
            Some(Damage { reason, first, count: 1, .. }) => {
                format!("the receipt at position {first} of the feed is damaged: {reason}")
            }
            Some(Damage { reason, first, last, count }) => {
                format!("{count} receipts at positions {first} to {last} of the feed are damaged: {reason}")
            }
        };
        eprintln!("{}", printable_lines(&told));
    }

    /// Says what is missing, and rightly so.
    async fn dropped(&mut self) -> anyhow::Result<()> {
        let dropped = self.store.dropped_receipts().await?;
        let wanted = dropped.into_iter().filter(|(campaign, _)| self.is_wanted(campaign));
        let dropped: BTreeMap<_, _> = wanted.map(|(campaign, draws)| (campaign.to_string(), draws)).collect();
        if dropped.is_empty() { Ok(()) } else { self.line(&Record { dropped, ..Record::default() }) }
    }

    fn is_wanted(&self, campaign: &CampaignId) -> bool {
        self.campaign.is_none_or(|wanted| wanted == campaign)
    }

    fn receipt(&mut self, record: &Record) -> anyhow::Result<()> {
        self.exported.count += 1;
        self.line(record)
    }

    /// What the receipt of this name rests on, as far as it does not stand there yet.
    async fn names(&mut self, basis: &Basis<'_>, of: &dyn Display) -> anyhow::Result<()> {
        if self.shown.insert(Named::Epoch(basis.epoch)) {
            self.epoch(basis.epoch).await?;
        }
        for module in basis.modules {
            if self.shown.insert(Named::Module(*module)) {
                self.module(*module).await?;
            }
        }
        if self.shown.insert(Named::Revision(basis.revision_digest)) {
            let revision = self.store.revision(basis.campaign, basis.revision).await?;
            let revision = Some(revision.with_context(|| format!("the revision of {of} is missing"))?.document);
            let revision_digest = Some(basis.revision_digest.to_string());
            self.line(&Record { revision, revision_digest, ..Record::default() })?;
        }
        Ok(())
    }

    async fn module(&mut self, digest: Digest) -> anyhow::Result<()> {
        let Some(bytes) = self.store.component(&digest).await? else { bail!("the module {digest} is missing") };
        let modules = [(digest.to_string(), BASE64.encode(&bytes))].into();
        self.line(&Record { modules, ..Record::default() })
    }

    async fn epoch(&mut self, number: u64) -> anyhow::Result<()> {
        let Some(epoch) = self.store.epoch(number).await? else { bail!("the epoch {number} is missing") };
        let secret = match epoch.phase {
            Phase::Ended { secret, .. } => Some(HEXLOWER.encode(secret.as_bytes())),
            _ => None,
        };
        let epoch = Some(wire::Epoch { epoch: number, commitment: epoch.commitment.to_string(), secret });
        self.line(&Record { epoch, ..Record::default() })
    }

    fn line(&mut self, record: &Record) -> anyhow::Result<()> {
        serde_json::to_writer(&mut self.file, record)?;
        Ok(self.file.write_all(b"\n")?)
    }
}
