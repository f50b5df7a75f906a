mod names;
mod records;
mod spot;
mod tally;
mod work;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tombola_audit::Verifier;
use tombola_domain::signature::PublicKey;

use self::spot::FILES_MAX;
use self::tally::Tally;
use self::work::Check;
use crate::engine::engine;
use crate::exit::{Ended, UsageError};
use crate::{offline, runtime};

/// Check draws, and what was given for events, against their receipts, offline: every hash, every rule run again, every signature
///
/// Takes receipts as files: what `GET /v1/draws/{id}/receipt?bundle` and `GET /v1/rebates/{id}/receipt?bundle` answer, and what `tombola export` writes; those of several hosts are told apart by who signed them. Without --key nothing is authenticated:
/// what holds together may still have been made up by anyone. The host's keys are told by `GET /v1/keys`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// File of records, as JSON
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Public key of a host to trust, 64 hexadecimal digits, once for each
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<PublicKey>,
    /// Print counts and findings as JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        let Self { files, keys, json } = self;
        if files.len() > FILES_MAX {
            return Err(UsageError::new(format!("at most {FILES_MAX} files can be checked together")).into());
        }
        let mut verifier = Verifier::new(Arc::new(offline::sandbox()?), engine(), keys);
        let mut tally = Tally::default();
        for file in &files {
            names::name(&mut verifier, file)?;
        }
        for file in &files {
            names::learn(&mut verifier, file, &mut tally)?;
        }
        runtime::block_on(async {
            verifier.make_ready().await;
            Ok(())
        })?;
        for (number, path) in (0..).zip(&files) {
            Check { verifier: &verifier, number, path }.run(&mut tally)?;
        }
        tally.settle(&files);
        if json {
            println!("{}", tally.to_json());
        } else {
            print!("{tally}");
        }
        Ok(tally.ended())
    }
}
