//! Rules that come and go, by the thousands.

use tombola_guests::framed;
use tombola_load::Host;

use super::Setting;
use crate::operator::Operator;
use crate::process::memory_bytes;
use crate::table::{Row, Table, median, to_float};

const CAMPAIGN: &str = "bench-turnover";
/// The steps that are shown.
const STEPS: u32 = 10;
/// Of these, the ones after which everything that is bounded is as full as it gets, such as the pages of the database that the writer
/// remembers.
const FILLING: u32 = 3;
/// Looks at the memory in one step. It goes up and down by some MiB within a second, with what is compiled just now.
const LOOKS: u32 = 20;

/// Each cycle uploads a module that was never seen, publishes a revision that uses it, and draws, which retires the one before.
pub(super) async fn turnover(setting: &Setting) -> anyhow::Result<Table> {
    let host = setting.host()?;
    let operator = Operator::of(&host);
    let mut table = Table::new("What does a host keep of rules that are retired?");
    let (mut cycle, mut baseline) = (0, None);
    for step in 1..=STEPS {
        let mut looks = Vec::new();
        for look in 1..=LOOKS {
            let until = u64::from(setting.cycles) * u64::from((step - 1) * LOOKS + look) / u64::from(STEPS * LOOKS);
            while cycle < until {
                run(&operator, cycle).await?;
                cycle += 1;
            }
            looks.push(resident(&host)?);
        }
        let resident = median(looks);
        let row = Row::new(format!("memory, up to {cycle} uploads, publishes and draws"));
        let row = row.cell("", resident / f64::from(1 << 20), "MiB");
        if step == FILLING {
            baseline = Some(resident);
        }
        let row = match baseline {
            Some(baseline) => row.cell("", resident / baseline, "× once all is full"),
            None => row,
        };
        eprintln!("turnover: {cycle} of {}, {:.1} MiB", setting.cycles, resident / f64::from(1 << 20));
        table.add(row);
    }
    Ok(table)
}

async fn run(operator: &Operator, cycle: u64) -> anyhow::Result<()> {
    let rule = format!("cycle-{cycle}");
    operator.upload(&framed(&rule, "")).await?;
    operator.publish(CAMPAIGN, &super::documents::with_plain_guard(CAMPAIGN, &rule)).await?;
    operator.draw(CAMPAIGN).await.map(drop)
}

fn resident(host: &Host) -> anyhow::Result<f64> {
    memory_bytes(&host.id().to_string()).map(to_float)
}
