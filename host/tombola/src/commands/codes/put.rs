use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::id::CodePoolName;
use tombola_domain::reason::Reason;

use super::level;
use crate::client::{Client, CodePool, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Make a pool of coupon codes, or say when it is low
#[derive(Debug, Args)]
pub(crate) struct Put {
    /// Name of the pool, as documents say it
    pool: CodePoolName,
    /// The pool is low while fewer codes than these are free; 0 is never
    #[arg(long, value_name = "CODES", default_value_t = 0)]
    low_water: u64,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Put {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { pool, low_water, reason, target, json } = self;
        tell(Client::new(target)?.put_code_pool(&pool, low_water, &reason), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    Ok(level(&CodePool::deserialize(answer)?))
}
