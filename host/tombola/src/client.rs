//! Calls to a host over HTTP, with deadlines.

mod answers;
mod connect;
mod error;
pub(crate) mod fault;
mod health;
mod holds;
mod hosts;
mod ledger;
mod statement;
pub(crate) mod trial;

use std::io::{Read, Write};
use std::time::Duration;

use clap::Args;
use data_encoding::HEXLOWER;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::blocking::{Body, RequestBuilder, Response};
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use serde_json::Value;
use tombola_app::entropy::Entropy;
use tombola_domain::award::State;
use tombola_domain::id::{AwardId, CodePoolName, DestinationName, ListName, PlayerId};
use tombola_domain::reason::Reason;
use tombola_domain::switch::{self, Setting};
use tombola_domain::time::Timestamp;

pub(crate) use answers::{
    Adjusted, AuditEntry, Award, Balance, ChanceGrant, Checked, CodePool, Destination, Difference, Drift, Epoch,
    Epochs, Finding, GrantedChances, Left, List, Loaded, Module, Odds, Outcome, Page, Pass, Pause, Published, Queue,
    Rotated, Switch, Tested, Unit, Withdrawn,
};
pub(crate) use error::ClientError;
pub(crate) use health::Health;
pub(crate) use holds::Hold;
pub(crate) use hosts::Host;
pub(crate) use statement::{LotChange, StatementLine};
pub(crate) use trial::Tried;

use self::connect::{connecting, root};
use crate::entropy::OsEntropy;
use crate::environment;

/// What stands for something else in a path than itself.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// How long a call may take whose body is as long as it takes.
const STREAM_DEADLINE: Duration = Duration::from_mins(61);
/// Bytes of an answer: far above any that a host gives.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// Which host to call, and as whom.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Address of the host
    #[arg(long, env = environment::URL, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Bearer token of an operator
    #[arg(long, env = environment::TOKEN, hide_env_values = true)]
    token: String,
}

/// A host's operator API.
pub(crate) struct Client {
    http: reqwest::blocking::Client,
    /// Without a slash at its end.
    url: String,
    token: String,
}

impl Client {
    pub(crate) fn new(target: Target) -> Result<Self, ClientError> {
        let Target { url, token } = target;
        let url = root(&url)?;
        let http = connecting(&url)?;
        Ok(Self { http, url, token })
    }

    /// Findings and odds of a document.
    pub(crate) fn check(&self, campaign: &str, document: Document) -> Result<Value, ClientError> {
        self.call(
            self.post(&["campaigns", campaign, "check"]).header(CONTENT_TYPE, document.media_type).body(document.text),
        )
    }

    /// Publishes a document, if the revision `from` is live, where that is said; 0 is none.
    pub(crate) fn publish(
        &self,
        campaign: &str,
        document: Document,
        from: Option<u64>,
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let request = because(self.post(&["campaigns", campaign, "revisions"]), reason);
        let request = request.header(CONTENT_TYPE, document.media_type).body(document.text);
        self.call(starting_from(keyed(request), from))
    }

    /// Goes back to a revision; `from` as for publishing.
    pub(crate) fn rollback(
        &self,
        campaign: &str,
        to: u64,
        from: Option<u64>,
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let body = serde_json::json!({"to": to, "reason": reason.as_str()});
        let request = self.post(&["campaigns", campaign, "rollback"]).json(&body);
        self.call(starting_from(keyed(request), from))
    }

    /// Declared and effective odds of the live revision.
    pub(crate) fn odds(&self, campaign: &str, facts: &Value, sold_out: &[String]) -> Result<Value, ClientError> {
        let body = serde_json::json!({"facts": facts, "sold_out": sold_out});
        self.call(self.post(&["campaigns", campaign, "odds"]).json(&body))
    }

    /// Epochs, latest first: the first page of them.
    pub(crate) fn epochs(&self) -> Result<Value, ClientError> {
        self.call(self.http.get(format!("{}/v1/epochs", self.url)).bearer_auth(&self.token))
    }

    /// Ends the epoch.
    pub(crate) fn rotate_epoch(&self, reason: &Reason) -> Result<Value, ClientError> {
        self.call(keyed(because(self.post(&["epochs"]), reason)))
    }

    /// Does `pause` or `resume` to a campaign.
    pub(crate) fn set_paused(&self, campaign: &str, verb: &str, reason: &Reason) -> Result<Value, ClientError> {
        let body = serde_json::json!({"reason": reason.as_str()});
        self.call(keyed(self.post(&["campaigns", campaign, verb]).json(&body)))
    }

    /// Version, size and digest of a list.
    pub(crate) fn list(&self, list: &ListName) -> Result<Value, ClientError> {
        self.call(self.get(&["lists", list.as_str()]))
    }

    /// Makes a list hold the lines of that many bytes.
    pub(crate) fn replace_list(
        &self,
        list: &ListName,
        lines: impl Read + Send + 'static,
        length: u64,
        allow_empty: bool,
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let address = self.address(&["lists", list.as_str(), "members"]);
        let request = self.http.put(address).bearer_auth(&self.token).timeout(STREAM_DEADLINE);
        let request = because(request.query(&[("allow_empty", allow_empty)]), reason);
        self.call(keyed(request.header(CONTENT_TYPE, "text/plain").body(Body::sized(lines, length))))
    }

    /// What happened after a position, at most so many positions.
    pub(crate) fn feed(&self, after: u64, limit: u32) -> Result<Value, ClientError> {
        self.call(self.get(&["feed"]).query(&[("after", after), ("limit", limit.into())]))
    }

    /// The record of what operators did, as the query wants it.
    pub(crate) fn audit(&self, query: &[(&str, String)]) -> Result<Value, ClientError> {
        self.call(self.get(&["audit"]).query(query))
    }

    /// Awards, as the query wants them.
    pub(crate) fn awards(&self, query: &[(&str, String)]) -> Result<Value, ClientError> {
        self.call(self.get(&["awards"]).query(query))
    }

    /// One award.
    pub(crate) fn award(&self, award: &AwardId) -> Result<Value, ClientError> {
        self.call(self.get(&["awards", award.as_str()]))
    }

    /// Says how far an award is.
    pub(crate) fn move_award(&self, award: &AwardId, state: State, reason: &Reason) -> Result<Value, ClientError> {
        let body = serde_json::json!({"state": state.as_str(), "reason": reason.as_str()});
        self.call(keyed(self.post(&["awards", award.as_str()]).json(&body)))
    }

    /// Says how far many are: lines of an award and a state.
    pub(crate) fn move_awards(&self, lines: String, reason: &Reason) -> Result<Value, ClientError> {
        let request = because(self.post(&["awards"]), reason).header(CONTENT_TYPE, "text/csv").body(lines);
        self.call(keyed(request))
    }

    /// Pools of coupon codes: a page holds all that there can be.
    pub(crate) fn code_pools(&self) -> Result<Value, ClientError> {
        self.call(self.get(&["code-pools"]).query(&[("limit", "200")]))
    }

    /// Makes a pool of coupon codes, or says when it is low.
    pub(crate) fn put_code_pool(
        &self,
        pool: &CodePoolName,
        low_water: u64,
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let address = self.address(&["code-pools", pool.as_str()]);
        let body = serde_json::json!({"low_water": low_water, "reason": reason.as_str()});
        self.call(keyed(self.http.put(address).bearer_auth(&self.token).json(&body)))
    }

    /// Loads the lines of that many bytes into a pool.
    pub(crate) fn load_codes(
        &self,
        pool: &CodePoolName,
        lines: impl Read + Send + 'static,
        length: u64,
        expires: Option<Timestamp>,
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let request = self.post(&["code-pools", pool.as_str(), "codes"]).timeout(STREAM_DEADLINE);
        let expires = expires.map(|expires| ("expires_at", expires.to_string()));
        let request = because(request.query(&expires.into_iter().collect::<Vec<_>>()), reason);
        self.call(keyed(request.header(CONTENT_TYPE, "text/csv").body(Body::sized(lines, length))))
    }

    /// Takes all free codes out of a pool.
    pub(crate) fn withdraw_codes(&self, pool: &CodePoolName, reason: &Reason) -> Result<Value, ClientError> {
        let body = serde_json::json!({"reason": reason.as_str()});
        self.call(keyed(self.post(&["code-pools", pool.as_str(), "withdraw"]).json(&body)))
    }

    /// Destinations of webhooks: a page holds all that there can be.
    pub(crate) fn destinations(&self) -> Result<Value, ClientError> {
        self.call(self.get(&["destinations"]).query(&[("limit", "200")]))
    }

    /// Makes a destination, or changes one.
    pub(crate) fn put_destination(&self, name: &DestinationName, body: &Value) -> Result<Value, ClientError> {
        let address = self.address(&["destinations", name.as_str()]);
        self.call(keyed(self.http.put(address).bearer_auth(&self.token).json(body)))
    }

    /// Sends a destination a test message.
    pub(crate) fn test_destination(&self, name: &DestinationName) -> Result<Value, ClientError> {
        self.call(self.post(&["destinations", name.as_str(), "test"]))
    }

    /// Has some of the awards tried again that a destination could not be told of.
    pub(crate) fn retry_destination(&self, name: &DestinationName, reason: &Reason) -> Result<Value, ClientError> {
        let body = serde_json::json!({"reason": reason.as_str()});
        self.call(keyed(self.post(&["destinations", name.as_str(), "retry"]).json(&body)))
    }

    /// What the host has yet to hand over itself.
    pub(crate) fn queues(&self) -> Result<Value, ClientError> {
        self.call(self.get(&["queues"]))
    }

    /// All switches.
    pub(crate) fn switches(&self) -> Result<Value, ClientError> {
        self.call(self.get(&["switches"]))
    }

    /// The hosts of the database.
    pub(crate) fn hosts(&self) -> Result<Value, ClientError> {
        self.call(self.get(&["hosts"]))
    }

    /// Sets a switch.
    pub(crate) fn set_switch(
        &self,
        switch: switch::Switch,
        setting: Setting,
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let body = serde_json::json!({"setting": setting.to_string(), "reason": reason.as_str()});
        let address = self.address(&["switches", switch.as_str()]);
        self.call(keyed(self.http.put(address).bearer_auth(&self.token).json(&body)))
    }

    /// Has some of what the host gave up in a queue tried again.
    pub(crate) fn retry_queue(&self, queue: &str, reason: &Reason) -> Result<Value, ClientError> {
        let body = serde_json::json!({"reason": reason.as_str()});
        self.call(keyed(self.post(&["queues", queue, "retry"]).json(&body)))
    }

    /// Writes all that is kept of a player.
    pub(crate) fn export_player(
        &self,
        player: &PlayerId,
        reason: &Reason,
        out: &mut impl Write,
    ) -> Result<(), ClientError> {
        let address = self.address(&["players", &encoded(player), "export"]);
        let request = because(self.http.get(address).bearer_auth(&self.token).timeout(STREAM_DEADLINE), reason);
        let unreachable = |source| ClientError::Unreachable { url: self.url.clone(), source };
        let mut response = request.send().map_err(unreachable)?;
        if !response.status().is_success() {
            let status = response.status().as_u16();
            let broken_off = |source| ClientError::BrokenOff { url: self.url.clone(), source };
            let body = serde_json::from_slice(&read(response).map_err(broken_off)?).unwrap_or_default();
            return Err(ClientError::refused(status, body));
        }
        let broken_off = |source| ClientError::BrokenOff { url: self.url.clone(), source };
        std::io::copy(&mut response, out).map_err(broken_off)?;
        Ok(())
    }

    /// Erases the values behind a player's receipts.
    pub(crate) fn erase_player(&self, player: &PlayerId, reason: &Reason) -> Result<Value, ClientError> {
        let address = self.address(&["players", &encoded(player), "disclosures"]);
        self.call(keyed(because(self.http.delete(address).bearer_auth(&self.token), reason)))
    }

    /// Has all that is kept compared with itself.
    pub(crate) fn reconcile(&self, reason: &Reason) -> Result<Value, ClientError> {
        self.call(keyed(because(self.post(&["reconciliation"]).timeout(STREAM_DEADLINE), reason)))
    }

    /// What was found to differ.
    pub(crate) fn differences(&self, query: &[(&str, String)]) -> Result<Value, ClientError> {
        self.call(self.get(&["reconciliation"]).query(query))
    }

    /// One draw that is tried.
    pub(crate) fn try_draw(&self, campaign: &str, body: &Value) -> Result<Value, ClientError> {
        self.call(self.post(&["campaigns", campaign, "try"]).json(body))
    }

    /// Uploads a component.
    pub(crate) fn upload(&self, component: Vec<u8>, reason: &Reason) -> Result<Value, ClientError> {
        let request = because(self.post(&["modules"]), reason).header(CONTENT_TYPE, "application/wasm").body(component);
        self.call(keyed(request))
    }

    fn post(&self, path: &[&str]) -> RequestBuilder {
        self.http.post(self.address(path)).bearer_auth(&self.token)
    }

    fn get(&self, path: &[&str]) -> RequestBuilder {
        self.http.get(self.address(path)).bearer_auth(&self.token)
    }

    /// Ids of players may hold anything printable, and a name of theirs must not lead elsewhere.
    fn address(&self, path: &[&str]) -> String {
        let path: Vec<_> = path.iter().map(|part| utf8_percent_encode(part, SEGMENT).to_string()).collect();
        format!("{}/v1/operator/{}", self.url, path.join("/"))
    }

    fn call(&self, request: RequestBuilder) -> Result<Value, ClientError> {
        let unreachable = |source| ClientError::Unreachable { url: self.url.clone(), source };
        let response = request.send().map_err(unreachable)?;
        let status = response.status();
        let broken_off = |source| ClientError::BrokenOff { url: self.url.clone(), source };
        let answer = read(response).map_err(broken_off)?;
        let answer: Value = serde_json::from_slice(&answer)
            .map_err(|error| ClientError::Answer(format!("the status is {status}, and the body no JSON: {error}")))?;
        if status.is_success() { Ok(answer) } else { Err(ClientError::refused(status.as_u16(), answer)) }
    }
}

/// A campaign's document as it is sent.
pub(crate) struct Document {
    pub(crate) text: String,
    pub(crate) media_type: &'static str,
}

/// Each call is a new wish, so that each has a new key: the command's caller, not the command, decides about repeating.
fn keyed(request: RequestBuilder) -> RequestBuilder {
    request.header("Idempotency-Key", HEXLOWER.encode(&OsEntropy.bytes()))
}

/// A player as a part of an address: their ids may hold anything printable.
fn encoded(player: &PlayerId) -> String {
    let escape = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    player.as_str().bytes().map(escape).collect()
}

/// Where the body is something else, the reason stands in the query.
fn because(request: RequestBuilder, reason: &Reason) -> RequestBuilder {
    if reason.as_str().is_empty() { request } else { request.query(&[("reason", reason.as_str())]) }
}

fn starting_from(request: RequestBuilder, from: Option<u64>) -> RequestBuilder {
    match from {
        Some(revision) => request.header(IF_MATCH, format!("\"{revision}\"")),
        None => request,
    }
}

fn read(response: Response) -> std::io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    response.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    Ok(answer)
}
