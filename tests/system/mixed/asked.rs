//! Requests that may be repeated, and what they were answered.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{Caller, Server, answer};

/// Of how much an event is reversed in parts.
pub(super) const WHOLE: i64 = 100;
/// Requests that are repeated at a time.
const REPEATED_MAX: usize = 8;

/// What is asked for.
#[derive(Clone)]
pub(super) enum Deed {
    Draw {
        campaign: &'static str,
        player: String,
    },
    Order {
        campaign: &'static str,
        player: String,
    },
    Event {
        player: String,
        referrer: String,
        paid: u64,
    },
    /// All that is left where no part is named.
    Reversal {
        player: String,
        event: String,
        part: Option<i64>,
    },
    Hold {
        player: String,
        amount: u64,
        seconds: u64,
    },
    /// So much is taken, or all is released.
    HoldEnd {
        player: String,
        hold: String,
        take: Option<u64>,
    },
    Adjustment {
        player: String,
        add: i64,
    },
    AdjustmentVoid {
        player: String,
        posting: u64,
    },
    Grant {
        campaign: &'static str,
        player: String,
        add: u64,
        lapses_at: Option<String>,
    },
    GrantVoid {
        campaign: &'static str,
        player: String,
        grant: String,
    },
    OrderVoid {
        campaign: &'static str,
        order: String,
    },
    AwardVoid {
        award: String,
    },
    Restock {
        campaign: &'static str,
        item: &'static str,
        add: u64,
    },
}

/// A request, and what it was answered, if anything.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) deed: Deed,
    /// No other request has it.
    pub(super) name: String,
    pub(super) told: Option<Value>,
}

/// Who asks.
#[derive(Clone)]
pub(super) struct Callers {
    client: Caller,
    operator: Caller,
}

impl Callers {
    pub(super) fn of(server: &Server) -> Self {
        Self { client: server.client(), operator: server.operator() }
    }
}

impl Deed {
    fn path(&self) -> String {
        match self {
            Self::Draw { campaign, .. } => format!("/v1/campaigns/{campaign}/draws"),
            Self::Order { campaign, .. } => format!("/v1/campaigns/{campaign}/orders"),
            Self::Event { .. } | Self::Reversal { .. } => "/v1/events".to_owned(),
            Self::Hold { player, .. } => format!("/v1/players/{player}/holds"),
            Self::HoldEnd { player, hold, take } => {
                format!("/v1/players/{player}/holds/{hold}/{}", if take.is_some() { "take" } else { "release" })
            }
            Self::Adjustment { player, .. } => format!("/v1/operator/players/{player}/balances"),
            Self::AdjustmentVoid { player, posting } => {
                format!("/v1/operator/players/{player}/postings/{posting}/void")
            }
            Self::Grant { campaign, player, .. } => {
                format!("/v1/operator/campaigns/{campaign}/players/{player}/chances")
            }
            Self::GrantVoid { campaign, player, grant } => {
                format!("/v1/operator/campaigns/{campaign}/players/{player}/chances/{grant}/void")
            }
            Self::OrderVoid { campaign, order } => format!("/v1/operator/campaigns/{campaign}/orders/{order}/void"),
            Self::AwardVoid { award } => format!("/v1/operator/awards/{award}"),
            Self::Restock { campaign, item, .. } => format!("/v1/operator/campaigns/{campaign}/prizes/{item}/stock"),
        }
    }

    fn body(&self, name: &str) -> Value {
        match self {
            Self::Draw { player, .. } => json!({"player": player}),
            Self::Order { player, .. } => json!({"player": player, "sku": "five"}),
            Self::Event { player, referrer, paid } => {
                let attributes = json!({"paid": paid});
                json!({"id": name, "type": "purchase", "player": player, "referrer": referrer, "attributes": attributes})
            }
            Self::Reversal { player, event, part: None } => json!({"id": name, "player": player, "reverses": event}),
            Self::Reversal { player, event, part: Some(amount) } => {
                json!({"id": name, "player": player, "reverses": event, "part": {"amount": amount, "of": WHOLE}})
            }
            Self::Hold { amount, seconds, .. } => {
                json!({"unit": "points", "amount": amount, "expires_in_seconds": seconds})
            }
            Self::HoldEnd { take: Some(amount), .. } => json!({"amount": amount}),
            Self::HoldEnd { take: None, .. } => json!({}),
            Self::Adjustment { add, .. } => json!({"unit": "points", "add": add, "reason": "counted again"}),
            Self::Grant { add, lapses_at: Some(at), .. } => json!({"add": add, "lapses_at": at}),
            Self::Grant { add, .. } | Self::Restock { add, .. } => json!({"add": add, "reason": "counted again"}),
            Self::AwardVoid { .. } => json!({"state": "voided", "reason": "drawn by a robot"}),
            Self::AdjustmentVoid { .. } | Self::GrantVoid { .. } | Self::OrderVoid { .. } => {
                json!({"reason": "mistaken"})
            }
        }
    }

    /// Whether it is an operator who asks.
    fn is_operator_s(&self) -> bool {
        self.path().starts_with("/v1/operator/")
    }

    /// Whether it has a key: an event has its id instead, and a hold ends once.
    fn has_key(&self) -> bool {
        !matches!(self, Self::Event { .. } | Self::Reversal { .. } | Self::HoldEnd { .. })
    }

    /// What of an answer stays the same for ever.
    fn essence(&self, answer: &Value) -> BTreeMap<String, Value> {
        let members: &[&str] = match self {
            Self::Draw { .. } => &["id", "outcome", "ordinal", "receipt"],
            Self::Order { .. } => &["id", "price", "chances", "ordered_at"],
            Self::Event { .. } | Self::Reversal { .. } => return in_campaigns(answer),
            Self::Hold { .. } => &["id", "amount", "expires_at"],
            Self::HoldEnd { .. } => &["id", "state", "taken", "ended_at"],
            Self::Adjustment { .. } | Self::AdjustmentVoid { .. } => &["posting"],
            Self::Grant { .. } => &["grant", "added"],
            Self::GrantVoid { .. } => &["grant", "amount", "taken", "voided_at"],
            Self::OrderVoid { .. } => &["id", "voided_at"],
            Self::AwardVoid { .. } => &["award", "state", "changes"],
            Self::Restock { .. } => &["stock", "issued", "version"],
        };
        members.iter().map(|member| ((*member).to_owned(), answer[member].clone())).collect()
    }
}

/// What became of an event in each campaign. Where it waits that is not yet so, how much of it was reversed is another event's, and an award
/// goes on by itself.
fn in_campaigns(event: &Value) -> BTreeMap<String, Value> {
    let answers = event["campaigns"].as_array().unwrap().iter().filter(|answer| answer["state"] != "waiting");
    let answers = answers.map(|answer| {
        let mut answer = answer.clone();
        answer.as_object_mut().unwrap().remove("reversed");
        for reward in answer["rewards"].as_array_mut().into_iter().flatten() {
            reward.as_object_mut().unwrap().retain(|member, _| !["state", "history"].contains(&member.as_str()));
        }
        (answer["campaign"].as_str().unwrap().to_owned(), answer)
    });
    answers.collect()
}

impl Asked {
    pub(super) fn new(name: String, deed: Deed) -> Self {
        Self { deed, name, told: None }
    }

    async fn ask(&self, callers: &Callers) -> Option<(StatusCode, Value)> {
        let caller = if self.deed.is_operator_s() { &callers.operator } else { &callers.client };
        let request = caller.request(Method::POST, &self.deed.path()).json(&self.deed.body(&self.name));
        answer(if self.deed.has_key() { request.header("Idempotency-Key", &self.name) } else { request }).await
    }

    /// Asks while a load goes on, and says whether the server is there.
    pub(super) async fn try_ask(&mut self, callers: &Callers) -> bool {
        match self.ask(callers).await {
            Some((status, body)) if status.is_success() => self.told = Some(body),
            // Refused, and not remembered; or to be repeated.
            Some((status, body)) => {
                assert!(is_refusal(status, &body) || body["retryable"] == true, "{}: {body:#}", self.deed.path());
            }
            None => return false,
        }
        true
    }

    /// The same, twice at once.
    pub(super) async fn try_ask_twice(&mut self, callers: &Callers) -> bool {
        let mut again = self.clone();
        let (is_there, _) = tokio::join!(self.try_ask(callers), again.try_ask(callers));
        if let (Some(one), Some(other)) = (&self.told, &again.told) {
            self.assert_same(one, other);
        }
        self.told = self.told.take().or(again.told);
        is_there
    }

    fn assert_same(&self, told: &Value, now: &Value) {
        let (before, after) = (self.deed.essence(told), self.deed.essence(now));
        let is_same = before.iter().all(|(member, value)| after.get(member) == Some(value));
        assert!(is_same, "{}: {told:#}, and then {now:#}", self.deed.path());
    }

    /// Asks once more: what was acknowledged is answered again, and anything else is done now, or refused.
    async fn settle(&mut self, callers: &Callers) {
        let (status, body) = loop {
            match self.ask(callers).await.expect("an answer") {
                (StatusCode::SERVICE_UNAVAILABLE, body) => assert_eq!(body["retryable"], true, "{body:#}"),
                answered => break answered,
            }
        };
        match &self.told {
            Some(told) => {
                assert_eq!(status, StatusCode::OK, "{}: {told:#}, and then {body:#}", self.deed.path());
                self.assert_same(told, &body);
            }
            None if !status.is_success() => {
                assert!(is_refusal(status, &body), "{}: {body:#}", self.deed.path());
                return;
            }
            None => {}
        }
        self.told = Some(body);
    }
}

/// Besides what is in conflict with what is there: a part that is of another whole than all was that was reversed before, and what would
/// have lapsed by now.
fn is_refusal(status: StatusCode, body: &Value) -> bool {
    status == StatusCode::CONFLICT || body["code"] == "reversal-mismatched" || body["code"] == "grant-lapsed"
}

/// Repeats all of them, so many at a time.
pub(super) async fn settle(server: &Server, asked: Vec<Asked>) -> Vec<Asked> {
    let callers = Callers::of(server);
    let mut parts = JoinSet::new();
    for part in asked.chunks(asked.len().div_ceil(REPEATED_MAX).max(1)) {
        let (mut part, callers) = (part.to_vec(), callers.clone());
        parts.spawn(async move {
            for one in &mut part {
                one.settle(&callers).await;
            }
            part
        });
    }
    parts.join_all().await.concat()
}
