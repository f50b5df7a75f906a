//! Rules that come and go, by the thousands.

use tombola_guests::framed;
use tombola_load::Host;

use super::Setting;
use crate::operator::Operator;
use crate::process::memory_bytes;
use crate::table::{Row, Table, to_float};

const CAMPAIGN: &str = "bench-turnover";
/// Of the cycles, the part after which everything that is kept is as full as it gets, and the steps that are shown.
const STEPS: u32 = 10;

/// Each cycle uploads a module that was never seen, publishes a revision that uses it, and draws, which retires the one before.
pub(super) async fn turnover(setting: &Setting) -> anyhow::Result<Table> {
    let host = setting.host()?;
    let mut operator = Operator::of(&host).await?;
    let mut table = Table::new("What does a host keep of rules that are retired?");
    let mut first = None;
    for step in 1..=STEPS {
        let (from, to) = (setting.cycles * (step - 1) / STEPS, setting.cycles * step / STEPS);
        for cycle in from..to {
            run(&mut operator, cycle).await?;
        }
        let resident = resident(&host)?;
        let first = *first.get_or_insert(resident);
        let row = Row::new(format!("memory after {to} uploads, publishes and draws"));
        table.add(row.cell("", resident / f64::from(1 << 20), "MiB").cell("", resident / first, "× the first"));
    }
    Ok(table)
}

async fn run(operator: &mut Operator, cycle: u32) -> anyhow::Result<()> {
    let rule = format!("cycle-{cycle}");
    operator.upload(&framed(&rule, "")).await?;
    operator.publish(CAMPAIGN, &super::documents::with_plain_guard(CAMPAIGN, &rule)).await?;
    operator.draw(CAMPAIGN).await.map(drop)
}

fn resident(host: &Host) -> anyhow::Result<f64> {
    memory_bytes(&host.id().to_string()).map(to_float)
}
