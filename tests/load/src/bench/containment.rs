//! What the players of one campaign notice of what the rules of others do.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use tombola_engine::rule::FaultKind;
use tombola_guests::{Comes, EXPECTED, corpus};
use tombola_load::requests::{Draws, InTurn};
use tombola_load::{Host, Load, Report, closed, open};

use super::rounds::{self, Rounds};
use super::{Setting, documents, prepare};
use crate::operator::Operator;
use crate::table::{Row, Table, median};

/// Of what the host does at most, the part that is due of each half of the traffic. Both together leave it half of its time, or who
/// waits would wait for those before, and not for what rules do.
const DUE_PART: f64 = 0.25;
const CONNECTIONS: usize = 64;
/// More for who holds them longer.
const OTHERS_CONNECTIONS: usize = 256;
const PLAYERS: u64 = 100_000;
const TIME_MAX: Duration = Duration::from_mins(5);

/// The other half of the traffic.
struct Others {
    name: &'static str,
    campaigns: Vec<&'static str>,
    /// Whether a process of the lowest priority takes what is left of the cores meanwhile.
    beside_idler: bool,
}

/// A process that takes whatever time nobody else wants, until it is dropped.
struct Idler(Child);

impl Idler {
    fn start() -> anyhow::Result<Self> {
        let idle = ["-n", "19", "sh", "-c", "while :; do :; done"];
        Ok(Self(Command::new("nice").args(idle).stdin(Stdio::null()).spawn().context("starting `nice`")?))
    }
}

impl Drop for Idler {
    fn drop(&mut self) {
        // It is gone already, or will be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(super) async fn containment(setting: &Setting) -> anyhow::Result<Table> {
    let host = setting.host()?;
    prepare(&host, documents::WITH_RULES, &documents::with_rules()).await?;
    let operator = Operator::of(&host);
    operator.publish(documents::WITHOUT_RULES, &documents::without_rules()).await?;
    let failing = guests_that(|comes| matches!(comes, Comes::Fault(..)));
    let endless = guests_that(|comes| matches!(comes, Comes::Fault(FaultKind::Fuel, _)));
    let mut guests = corpus();
    for name in &failing {
        operator.upload(&guests.remove(*name).context("every expected guest is there")?.component).await?;
        operator.publish(name, &documents::with_plain_guard(name, name)).await?;
    }
    let others = [
        others("a harmless campaign", vec![documents::WITHOUT_RULES]),
        Others {
            beside_idler: true,
            ..others("the same, and an idle-priority process", vec![documents::WITHOUT_RULES])
        },
        others("campaigns of every rule that fails", failing),
        others("campaigns of endless loops", endless),
    ];
    let capacity = capacity(setting, &host).await?;
    let due = rounds::due(capacity.rate(), DUE_PART);
    let mut reports = [const { Vec::new() }; 4];
    for round in 0..setting.rounds {
        for (others, reports) in others.iter().zip(&mut reports) {
            reports.push(beside(setting, &host, (others, due), round).await?);
        }
    }
    let mut table = Table::new("How long do players wait while the other half of the draws is of …?");
    let all_due = f64::from(due) * 2.0;
    table.add(capacity.row("as many as it takes, half harmless").cell("", all_due, "/s due below"));
    for (others, mine) in others.iter().zip(&reports) {
        table.add(row(others.name, mine, &reports));
    }
    Ok(table)
}

/// What the host does of both halves where each connection draws again as soon as it is answered, and the other half is harmless.
async fn capacity(setting: &Setting, host: &Host) -> anyhow::Result<Rounds> {
    let mut rounds = Rounds::default();
    for round in 0..setting.rounds {
        let halves = [documents::WITH_RULES, documents::WITHOUT_RULES];
        let halves = halves.map(|campaign| draws(host, campaign, "capacity", round)).to_vec();
        let load = Load::new(host.target(), CONNECTIONS, setting.draws, TIME_MAX)?;
        rounds.add("capacity", setting.draws, &closed(load, Arc::new(InTurn::new(halves))).await)?;
    }
    Ok(rounds)
}

fn draws(host: &Host, campaign: &str, run: &str, round: u32) -> Draws {
    Draws::new(campaign, host.client_token(), &format!("{run}-{round}"), PLAYERS)
}

fn others(name: &'static str, campaigns: Vec<&'static str>) -> Others {
    Others { name, campaigns, beside_idler: false }
}

fn guests_that(come: impl Fn(&Comes) -> bool) -> Vec<&'static str> {
    EXPECTED.iter().filter(|(_, comes)| come(comes)).map(|(name, _)| *name).collect()
}

/// Ratios are medians of those within one round.
fn row(name: &str, reports: &[Report], all_reports: &[Vec<Report>; 4]) -> Row {
    let mut all = reports[0].clone();
    reports[1..].iter().for_each(|report| all.add(report));
    let p99 = |report: &Report| report.latency(0.99).as_secs_f64();
    let over =
        |others: &[Report]| median(reports.iter().zip(others).map(|(one, other)| p99(one) / p99(other)).collect());
    let row = Row::new(name).millis("p50", all.latency(0.5)).millis("p99", all.latency(0.99));
    row.millis("p99.9", all.latency(0.999)).cell("p99", over(&all_reports[0]), "× harmless").cell(
        "",
        over(&all_reports[1]),
        "× idler",
    )
}

/// One half of the traffic beside the other, of each of which so many draws a second are due.
async fn beside(setting: &Setting, host: &Host, (others, due): (&Others, u32), round: u32) -> anyhow::Result<Report> {
    let _idler = others.beside_idler.then(Idler::start).transpose()?;
    let draws = |campaign, run: &str| draws(host, campaign, run, round);
    let ours = Load::new(host.target(), CONNECTIONS, setting.draws, TIME_MAX)?;
    let theirs = Load::new(host.target(), OTHERS_CONNECTIONS, setting.draws, TIME_MAX)?;
    let of_others = others.campaigns.iter().map(|campaign| draws(campaign, others.name)).collect();
    let (report, _) = tokio::join!(
        open(ours, due, Arc::new(draws(documents::WITH_RULES, &format!("beside {}", others.name)))),
        open(theirs, due, Arc::new(InTurn::new(of_others)))
    );
    ensure!(report.succeeded() == setting.draws, "beside {}: {:?}", others.name, report.statuses());
    Ok(report)
}
