use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::id::CodePoolName;
use tombola_domain::reason::Reason;

use crate::client::{Client, Target, Withdrawn};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Take all free codes out of a pool
///
/// Codes that were won stay with their draws.
#[derive(Debug, Args)]
pub(crate) struct Withdraw {
    /// Name of the pool
    pool: CodePoolName,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Withdraw {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { pool, reason, target, json } = self;
        tell(Client::new(target)?.withdraw_codes(&pool, &reason), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let Withdrawn { withdrawn, pool } = Withdrawn::deserialize(answer)?;
    Ok(format!("{withdrawn} codes were withdrawn from {}; {} are given\n", pool.pool, pool.given))
}
