//! Several hosts of one database on a server.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tombola_load::requests::Draws;
use tombola_load::{Host, Load, Report, Site, closed};
use tombola_servers::Database;

use super::rounds::Rounds;
use super::{Setting, documents};
use crate::operator::Operator;
use crate::table::Table;

const HOSTS: usize = 3;
/// Of each host, and of one alone as many as of all.
const CONNECTIONS: usize = 32;
const PLAYERS: u64 = 100_000;
const TIME_MAX: Duration = Duration::from_mins(5);
/// Everybody wins the same prize.
const HOT: &str = "bench-hot";
/// Everybody wins one of a hundred.
const SPREAD: &str = "bench-spread";
const PRIZES: usize = 100;

/// One prize that all hosts hand over against a hundred, and one host against all of them.
pub(super) async fn fleet(setting: &Setting) -> anyhow::Result<Table> {
    let database = Database::migrated().await;
    let site = Site::new(&setting.program, &database.url())?;
    let hosts = (0..HOSTS).map(|_| site.host(&setting.folder)).collect::<Result<Vec<_>, _>>()?;
    let operator = Operator::of(&hosts[0]);
    operator.publish(HOT, &documents::of_prizes(HOT, 1)).await?;
    operator.publish(SPREAD, &documents::of_prizes(SPREAD, PRIZES)).await?;
    let mut did = [Rounds::default(), Rounds::default(), Rounds::default()];
    let subjects = [
        ("a hot prize, three hosts", HOT, HOSTS),
        ("a hundred prizes, three hosts", SPREAD, HOSTS),
        ("a hundred prizes, one host", SPREAD, 1),
    ];
    for round in 0..setting.rounds {
        for ((name, campaign, count), did) in subjects.into_iter().zip(&mut did) {
            let report = load(setting, &hosts[..count], campaign, &format!("{count}-{round}")).await?;
            did.add(name, each(setting, count) * count as u64, &report)?;
        }
    }
    let mut table =
        Table::new("Do hosts of one database on Postgres wait for each other over a prize that everybody wins?");
    let [hot, spread, alone] = &did;
    table.add(hot.row(subjects[0].0).cell("", hot.over(spread), "× a hundred"));
    table.add(spread.row(subjects[1].0).cell("", spread.over(alone), "× one host"));
    table.add(alone.row(subjects[2].0));
    Ok(table)
}

/// Draws of each of so many hosts.
fn each(setting: &Setting, hosts: usize) -> u64 {
    setting.draws / hosts as u64
}

/// Draws of these hosts at once.
async fn load(setting: &Setting, hosts: &[Host], campaign: &str, run: &str) -> anyhow::Result<Report> {
    let mut loads = JoinSet::new();
    for (number, host) in hosts.iter().enumerate() {
        let connections = CONNECTIONS * HOSTS / hosts.len();
        let load = Load::new(host.target(), connections, each(setting, hosts.len()), TIME_MAX)?;
        let draws = Draws::new(campaign, host.client_token(), &format!("{run}-{number}"), PLAYERS);
        loads.spawn(closed(load, Arc::new(draws)));
    }
    let reports = loads.join_all().await.into_iter();
    Ok(reports
        .reduce(|mut all, report| {
            all.add(&report);
            all
        })
        .expect("there is a host"))
}
