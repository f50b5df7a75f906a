use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use data_encoding::{BASE64, HEXLOWER};
use serde::Serialize;
use tombola_app::Error;
use tombola_app::model::StoredReceipt;
use tombola_domain::draw::{Limit, Verdict};
use tombola_domain::fact::Value;
use tombola_domain::id::DrawId;
use tombola_domain::receipt::{Disclosure, Receipt as DomainReceipt, Tried as DomainTried};
use utoipa::ToSchema;

use crate::caller::Anyone;
use crate::params::{Address, parse};
use crate::problem::{Code, Problem};
use crate::router::Shared;

/// A receipt: its bytes, which are what is hashed, and what they say.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Receipt {
    /// The hash of the bytes, as the draw told it.
    digest: String,
    /// The canonical encoding, in base 64; `host/docs/receipts.md` describes it.
    bytes: String,
    /// The engine that decided.
    engine: String,
    campaign: String,
    revision: u64,
    revision_digest: String,
    /// The modules that the revision runs.
    modules: Vec<String>,
    epoch: u64,
    /// What the epoch promised before its first draw.
    epoch_commitment: String,
    draw: String,
    drawn_at: String,
    ordinal: u64,
    /// Where all chance of this draw comes from, in hexadecimal.
    seed: String,
    /// The commitment to the player.
    player_commitment: String,
    /// The commitments to the facts, by name.
    fact_commitments: BTreeMap<String, String>,
    /// The versions of the lists that were looked at.
    lists: BTreeMap<String, u64>,
    /// Left out where a guard's grant ended the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<Ticket>,
    /// What the rules answered, in order.
    steps: Vec<Step>,
    /// The grants that were tried, in order.
    tried: Vec<Tried>,
    /// The values behind the commitments; left out where they were erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    disclosure: Option<Disclosed>,
}

/// The ticket that was drawn. Numbers reach up to 2^63, so that they are texts.
#[derive(Debug, Serialize, ToSchema)]
struct Ticket {
    pool: String,
    number: String,
    total: String,
}

/// What a rule answered.
#[derive(Debug, Serialize, ToSchema)]
struct Step {
    node: String,
    outcome: String,
    fuel: u64,
}

/// A grant that was tried.
#[derive(Debug, Serialize, ToSchema)]
struct Tried {
    node: String,
    prize: String,
    amount: i64,
    #[serde(flatten)]
    verdict: TriedVerdict,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
enum TriedVerdict {
    /// Handed over, with the stock's token where one is counted.
    Granted {
        #[serde(skip_serializing_if = "Option::is_none")]
        bucket: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        unit: Option<u64>,
    },
    /// No unit was left, as the prize's mark of this version says.
    SoldOut { mark: u64 },
    /// The player may not win more of it.
    LimitReached { limit: &'static str },
}

/// The values behind the commitments, each with its salt in hexadecimal.
#[derive(Debug, Serialize, ToSchema)]
struct Disclosed {
    player: String,
    player_salt: String,
    facts: BTreeMap<String, DisclosedFact>,
}

/// A fact and its salt.
#[derive(Debug, Serialize, ToSchema)]
struct DisclosedFact {
    value: serde_json::Value,
    salt: String,
}

/// The receipt of a draw.
#[utoipa::path(
    get,
    path = "/v1/draws/{draw}/receipt",
    tag = "client",
    params(("draw" = String, Path)),
    responses(
        (status = 200, body = Receipt),
        (status = 404, description = "There is no such draw, or it is of a campaign that the token is not for.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Anyone(caller): Anyone,
    Address(draw): Address<String>,
) -> Result<Json<Receipt>, Problem> {
    let id: DrawId = parse(&draw)?;
    let stored = shared.app.receipt(&id).await?;
    if !caller.may_see(&stored.draw.campaign) {
        return Err(Error::DrawUnknown.into());
    }
    let receipt = DomainReceipt::decode(&stored.bytes).map_err(|error| {
        tracing::error!(draw = %id, %error, "a stored receipt can't be read");
        Problem::new(Code::Internal, "the stored receipt can't be read")
    })?;
    Ok(Json(wire(stored, receipt)))
}

fn wire(stored: StoredReceipt, receipt: DomainReceipt) -> Receipt {
    let DomainReceipt { terms, tried } = receipt;
    let hex = |(name, digest): (String, tombola_domain::digest::Digest)| (name, digest.to_string());
    Receipt {
        digest: DomainReceipt::digest(&stored.bytes).to_string(),
        bytes: BASE64.encode(&stored.bytes),
        engine: terms.engine,
        campaign: terms.campaign.to_string(),
        revision: terms.revision,
        revision_digest: terms.revision_digest.to_string(),
        modules: terms.modules.iter().map(ToString::to_string).collect(),
        epoch: terms.epoch,
        epoch_commitment: terms.epoch_commitment.to_string(),
        draw: terms.draw.to_string(),
        drawn_at: terms.drawn_at.to_string(),
        ordinal: terms.ordinal,
        seed: HEXLOWER.encode(terms.seed.as_bytes()),
        player_commitment: terms.player.to_string(),
        fact_commitments: terms.facts.into_iter().map(hex).collect(),
        lists: terms.lists.into_iter().map(|(list, version)| (list.to_string(), version)).collect(),
        ticket: terms.ticket.map(|ticket| Ticket {
            pool: ticket.pool.to_string(),
            number: ticket.number.to_string(),
            total: ticket.total.to_string(),
        }),
        steps: terms
            .steps
            .into_iter()
            .map(|step| Step { node: step.node, outcome: step.outcome, fuel: step.fuel })
            .collect(),
        tried: tried.into_iter().map(Tried::from).collect(),
        disclosure: stored.disclosure.map(Disclosed::from),
    }
}

impl From<DomainTried> for Tried {
    fn from(tried: DomainTried) -> Self {
        let verdict = match tried.verdict {
            Verdict::Granted(token) => {
                TriedVerdict::Granted { bucket: token.map(|token| token.bucket), unit: token.map(|token| token.unit) }
            }
            Verdict::SoldOut { mark } => TriedVerdict::SoldOut { mark },
            Verdict::LimitReached(Limit::Player) => TriedVerdict::LimitReached { limit: "player" },
            Verdict::LimitReached(Limit::PlayerDay) => TriedVerdict::LimitReached { limit: "player_day" },
        };
        Self { node: tried.node, prize: tried.prize.to_string(), amount: tried.amount, verdict }
    }
}

impl From<Disclosure> for Disclosed {
    fn from(disclosure: Disclosure) -> Self {
        let salt = |name: &str| HEXLOWER.encode(&disclosure.value_salt(name));
        let fact =
            |(name, value): &(String, Value)| (name.clone(), DisclosedFact { value: json(value), salt: salt(name) });
        Self {
            player: disclosure.player.to_string(),
            player_salt: salt("player"),
            facts: disclosure.facts.iter().map(fact).collect(),
        }
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::None => serde_json::Value::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Integers(values) => values.clone().into(),
        Value::Text(value) => value.clone().into(),
        Value::Texts(values) => values.clone().into(),
    }
}
