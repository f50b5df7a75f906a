//! Events that earn points, and orders that spend them.

use std::sync::Arc;
use std::time::Duration;

use tombola_load::requests::{Call, Draws, Requests};
use tombola_load::{Host, Load, closed};

use super::rounds::Rounds;
use super::{Setting, documents, prepare};
use crate::table::Table;

const CONNECTIONS: usize = 64;
const PLAYERS: u64 = 100_000;
const TIME_MAX: Duration = Duration::from_mins(5);

/// Something that is asked for over and over.
struct Subject {
    name: &'static str,
    requests: fn(&Host, String) -> Arc<dyn Requests>,
    rounds: Rounds,
}

/// In turn: draws without rules, which are the baseline; events that no campaign gives anything for; events of two sandboxed
/// rules, which give points; and orders by players who earned them.
pub(super) async fn earnings(setting: &Setting) -> anyhow::Result<Table> {
    let host = setting.host()?;
    prepare(&host, documents::WITHOUT_RULES, &documents::without_rules()).await?;
    super::Operator::of(&host).publish(documents::SHOP, &documents::shop()).await?;
    let mut subjects = [
        Subject::new("draws without rules", |host, run| {
            Arc::new(Draws::new(documents::WITHOUT_RULES, host.client_token(), &run, PLAYERS))
        }),
        Subject::new("events that concern no campaign", |host, run| Earning::of(host, run, Kind::Nothing)),
        Subject::new("events of two sandboxed rules, which give points", |host, run| {
            Earning::of(host, run, Kind::Purchase)
        }),
        Subject::new("orders of chances for points", |host, run| Earning::of(host, run, Kind::Order)),
    ];
    for round in 0..setting.rounds {
        for subject in &mut subjects {
            subject.load(&host, setting, round).await?;
        }
    }
    let mut table = Table::new("How many events and orders a second are made durable over HTTP?");
    for subject in &subjects {
        let over = subject.rounds.over(&subjects[0].rounds);
        table.add(subject.rounds.row(subject.name).cell("", over, "× draws without rules"));
    }
    Ok(table)
}

impl Subject {
    fn new(name: &'static str, requests: fn(&Host, String) -> Arc<dyn Requests>) -> Self {
        Self { name, requests, rounds: Rounds::default() }
    }

    async fn load(&mut self, host: &Host, setting: &Setting, round: u32) -> anyhow::Result<()> {
        let load = Load::new(host.target(), CONNECTIONS, setting.draws, TIME_MAX)?;
        let report = closed(load, (self.requests)(host, format!("earnings-{round}"))).await;
        self.rounds.add(self.name, setting.draws, &report)
    }
}

/// The same players in the same order: whoever orders has earned it in the same round.
pub(super) struct Earning {
    token: String,
    run: String,
    kind: Kind,
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Nothing,
    Purchase,
    Order,
}

impl Earning {
    pub(super) fn of(host: &Host, run: String, kind: Kind) -> Arc<dyn Requests> {
        Arc::new(Self { token: host.client_token().to_owned(), run, kind })
    }
}

impl Requests for Earning {
    fn write(&self, number: u64, out: &mut Vec<u8>) {
        let player = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % PLAYERS;
        let key = format!("{}-{number}", self.run);
        let event = |kind: &str| {
            format!(
                r#"{{"id":"{kind}-{key}","type":"{kind}","player":"player-{player}","attributes":{{"paid":1000}}}}"#
            )
        };
        let body = match self.kind {
            Kind::Nothing => event("nothing"),
            Kind::Purchase => event("purchase"),
            Kind::Order => format!(r#"{{"player":"player-{player}","sku":"one"}}"#),
        };
        let (path, key) = match self.kind {
            Kind::Nothing | Kind::Purchase => ("/v1/events".to_owned(), ""),
            Kind::Order => (format!("/v1/campaigns/{}/orders", documents::SHOP), key.as_str()),
        };
        let call = Call {
            method: "POST",
            path: &path,
            token: &self.token,
            key,
            media_type: "application/json",
            body: body.as_bytes(),
        };
        call.write(out);
    }
}
