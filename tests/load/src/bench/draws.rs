//! Durable draws a second over HTTP.

use std::sync::Arc;
use std::time::Duration;

use tombola_load::requests::Draws;
use tombola_load::responder::Responder;
use tombola_load::{Host, Load, Report, closed, open};

use super::rounds::{self, Rounds};
use super::{Setting, documents, prepare};
use crate::process::cpu_time;
use crate::table::{Row, Table, median, to_float};

/// Connections at once: a small client, a usual one, and one that would rather wait than be told no.
const CONNECTIONS: [usize; 3] = [32, 64, 128];
/// Who draws: many enough that most pages of the database are touched once.
const PLAYERS: u64 = 100_000;
/// Beyond this a host is not slow but stuck.
const TIME_MAX: Duration = Duration::from_mins(5);
/// Of what a host answers at most, the part at which clients are served in good time.
const OPEN_PART: f64 = 0.7;

/// What the driver can do against a server that does nothing: far above every other figure, or those measure the driver.
pub(super) async fn ceiling(setting: &Setting) -> anyhow::Result<Table> {
    let responder = Responder::start().await?;
    let mut table = Table::new("What can the driver ask for, on one thread with a server that does nothing?");
    for connections in CONNECTIONS {
        let load = Load::new(responder.target(), connections, setting.draws, TIME_MAX)?;
        let report = closed(load, Arc::new(Draws::new("none", "none", "ceiling", PLAYERS))).await;
        table.add(Row::new(format!("{connections} connections")).of(&report));
    }
    Ok(table)
}

/// One of the things that are compared.
struct Subject<'a> {
    name: &'static str,
    host: &'a Host,
    campaign: &'static str,
}

/// What one subject did, round by round.
#[derive(Default)]
struct Did {
    rounds: Rounds,
    /// Microseconds of the host's processor time for each draw.
    costs: Vec<f64>,
}

/// The pipeline in the sandbox, the same in native code, and the same host without rules: in turn, so that what else the
/// machine does meets all of them.
pub(super) async fn draws(setting: &Setting) -> anyhow::Result<Vec<Table>> {
    let (sandboxed, native) = (setting.host()?, setting.native_host()?);
    prepare(&sandboxed, documents::WITH_RULES, &documents::with_rules()).await?;
    prepare(&native, documents::WITH_RULES, &documents::with_rules()).await?;
    super::Operator::of(&sandboxed).publish(documents::WITHOUT_RULES, &documents::without_rules()).await?;
    let subjects = [
        Subject { name: "six sandboxed rules", host: &sandboxed, campaign: documents::WITH_RULES },
        Subject { name: "six native rules", host: &native, campaign: documents::WITH_RULES },
        Subject { name: "no rules", host: &sandboxed, campaign: documents::WITHOUT_RULES },
    ];
    let mut table = Table::new("How many draws a second are made durable over HTTP?");
    let mut rates = Vec::new();
    for connections in CONNECTIONS {
        let mut did = [Did::default(), Did::default(), Did::default()];
        for round in 0..setting.rounds {
            for (subject, did) in subjects.iter().zip(&mut did) {
                did.add(&subject.load(setting, connections, round).await?, subject.name, setting)?;
            }
        }
        rates.push(did[0].rounds.rate());
        for (subject, one) in subjects.iter().zip(&did) {
            table.add(one.row(format!("{}, {connections} connections", subject.name), &did));
        }
    }
    Ok(vec![table, due(setting, &subjects[0], rates[1]).await?])
}

impl Subject<'_> {
    async fn load(&self, setting: &Setting, connections: usize, round: u32) -> anyhow::Result<(Report, Duration)> {
        let load = Load::new(self.host.target(), connections, setting.draws, TIME_MAX)?;
        let before = cpu_time(self.host.id())?;
        let report = closed(load, self.draws(&format!("closed-{connections}-{round}"))).await;
        Ok((report, cpu_time(self.host.id())?.saturating_sub(before)))
    }

    fn draws(&self, run: &str) -> Arc<Draws> {
        Arc::new(Draws::new(self.campaign, self.host.client_token(), run, PLAYERS))
    }
}

impl Did {
    fn add(&mut self, (report, cpu): &(Report, Duration), name: &str, setting: &Setting) -> anyhow::Result<()> {
        self.rounds.add(name, setting.draws, report)?;
        self.costs.push(cpu.as_secs_f64() * 1e6 / to_float(setting.draws));
        Ok(())
    }

    fn row(&self, name: String, all: &[Did; 3]) -> Row {
        let row = self.rounds.row(name).cell("CPU", median(self.costs.clone()), "µs/draw");
        let over = |other: &Did| self.rounds.over(&other.rounds);
        row.cell("", over(&all[1]), "× native").cell("", over(&all[2]), "× no rules")
    }
}

/// What clients see who come when they come.
async fn due(setting: &Setting, subject: &Subject<'_>, rate: f64) -> anyhow::Result<Table> {
    let rate = rounds::due(rate, OPEN_PART);
    let mut table = Table::new("How long does a client wait who draws when it wants to, at seven tenths of that rate?");
    let load = Load::new(subject.host.target(), CONNECTIONS[2], setting.draws, TIME_MAX)?;
    let report = open(load, rate, subject.draws("open")).await;
    table.add(Row::new(format!("{}, {rate} draws a second due", subject.name)).of(&report));
    Ok(table)
}
