//! Events that tests wish for, and what became of them.

use std::sync::Arc;

use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;
use tombola_domain::ledger::Lapse;
use tombola_domain::random::Seed;
use tombola_domain::rebate::{Disclosure, Gain, OpenReceipt, Recipient, Reward, Rewarded, Terms, Verdict, rebate_id};
use tombola_domain::receipt;
use tombola_domain::time::Zone;

use super::fixture::{hand_over_of, minute, wish};
use crate::Store;
use crate::draws::Dropped;
use crate::events::{
    Answer, CampaignQuery, CampaignState, DecidedRebate, Event, EventCommit, EventQuery, KnownEvent, Outcome, Rebate,
};

const DAY: i32 = 9;

/// An event of a player's, to be decided in these campaigns, each with what it gives.
#[derive(Clone)]
pub(super) struct Wish {
    player: &'static str,
    id: &'static str,
    gives: Vec<(&'static str, Vec<Reward>)>,
    waits: Vec<&'static str>,
}

pub(super) fn event(player: &'static str, id: &'static str) -> Wish {
    Wish { player, id, gives: Vec::new(), waits: Vec::new() }
}

pub(super) fn reward(gain: Gain, amount: i64) -> Reward {
    Reward { node: "rebates/r".to_owned(), recipient: Recipient::Player, gain, amount, stocked: false, cost: 0 }
}

pub(super) fn points(amount: i64) -> Reward {
    reward(Gain::Points("points".parse().unwrap()), amount)
}

pub(super) fn chances(amount: i64) -> Reward {
    reward(Gain::Chances, amount)
}

pub(super) fn prize(name: &str, stocked: bool) -> Reward {
    Reward { stocked, ..reward(Gain::Prize(name.parse().unwrap()), 1) }
}

/// One that takes so much of the budget.
pub(super) fn costing(reward: Reward, cost: i64) -> Reward {
    Reward { cost, ..reward }
}

pub(super) fn to_referrer(reward: Reward) -> Reward {
    Reward { recipient: Recipient::Referrer, ..reward }
}

impl Wish {
    pub(super) fn gives(mut self, campaign: &'static str, rewards: &[Reward]) -> Self {
        self.gives.push((campaign, rewards.to_vec()));
        self
    }

    pub(super) fn waits(mut self, campaign: &'static str) -> Self {
        self.waits.push(campaign);
        self
    }

    pub(super) fn event(&self) -> Event {
        Event {
            id: self.id.parse().unwrap(),
            player: self.player.parse().unwrap(),
            event_type: "visit".parse().unwrap(),
            referrer: Some("friend".parse().unwrap()),
            attributes: r#"{"paid":3}"#.to_owned(),
            reverses: None,
            occurred_at: minute(0),
            received_at: minute(1),
        }
    }

    pub(super) fn request(&self) -> Digest {
        Digest::tagged("event", &[self.player.as_bytes(), self.id.as_bytes()])
    }

    pub(super) fn query(&self) -> EventQuery {
        let Event { id, player, event_type, .. } = self.event();
        let campaign = |(campaign, _): &(&'static str, _)| CampaignQuery {
            campaign: campaign.parse().unwrap(),
            lists: vec!["vip".parse().unwrap()],
            wins: vec!["mug".parse().unwrap()],
            day: DAY,
        };
        EventQuery { player, id, event_type, campaigns: self.gives.iter().map(campaign).collect() }
    }

    pub(super) async fn decide(&self, store: &Arc<dyn Store>, activation: u64) -> EventCommit {
        let snapshot = store.event_snapshot(&self.query()).await.unwrap();
        let rebates = self.gives.iter().zip(&snapshot.campaigns);
        EventCommit {
            activation,
            event: self.event(),
            request: self.request(),
            decided_at: minute(1),
            is_new: snapshot.known.is_none(),
            rebates: rebates.map(|((campaign, rewards), state)| self.decided(campaign, rewards, state)).collect(),
            refused: Vec::new(),
            waiting: self.waits.iter().map(|campaign| (campaign.parse().unwrap(), minute(2))).collect(),
        }
    }

    fn decided(&self, campaign: &str, rewards: &[Reward], state: &CampaignState) -> DecidedRebate {
        let event = self.event();
        let ordinal = state.events + 1;
        let seed = Digest::tagged("seed", &[campaign.as_bytes(), self.player.as_bytes(), &ordinal.to_be_bytes()]);
        let seed = Seed::from_bytes(*seed.as_bytes());
        let disclosure = Disclosure {
            values: receipt::Disclosure { salt: [7; 32], player: event.player.clone(), facts: vec![] },
            referrer: event.referrer.clone(),
            event: event.id.clone(),
        };
        let terms = Terms {
            engine: "none".to_owned(),
            campaign: campaign.parse().unwrap(),
            revision: 1,
            revision_digest: Digest::of(b"{}"),
            modules: vec![Digest::of(b"module")],
            epoch: 1,
            epoch_commitment: Digest::of(b"epoch"),
            event_type: event.event_type,
            occurred_at: event.occurred_at,
            received_at: event.received_at,
            ordinal,
            seed,
            player: disclosure.values.player_commitment(),
            referrer: disclosure.referrer_commitment(),
            event: disclosure.event_commitment(),
            facts: vec![],
            lists: vec![],
            room: vec![],
            steps: vec![],
        };
        let hand_over = |reward: &Reward| match &reward.gain {
            Gain::Prize(prize) => Some(hand_over_of(prize, reward.stocked)),
            Gain::Points(_) | Gain::Chances => None,
        };
        DecidedRebate {
            id: rebate_id(&event.player, &seed, event.received_at),
            expected_version: state.participation.map_or(0, |participation| participation.version),
            tally: state.tally.after(Zone::UTC.local(event.occurred_at)),
            day: DAY,
            granted: Some(10),
            lapse: Lapse::Never,
            budget: Some("points".parse().unwrap()),
            hand_overs: rewards.iter().map(hand_over).collect(),
            receipt: OpenReceipt { terms, rewards: rewards.to_vec() },
            disclosure,
        }
    }

    pub(super) async fn report(&self, store: &Arc<dyn Store>, activation: u64) -> Result<Vec<Answer>, Dropped> {
        commit(store, self.decide(store, activation).await).await
    }
}

pub(super) async fn commit(store: &Arc<dyn Store>, commit: EventCommit) -> Result<Vec<Answer>, Dropped> {
    store.commit_events(&[commit]).await.unwrap().pop().unwrap()
}

/// What is to be looked at by that minute.
pub(super) async fn waiting(store: &Arc<dyn Store>, campaigns: &[&str], by: i64) -> Vec<(KnownEvent, u32)> {
    let campaigns: Vec<CampaignId> = campaigns.iter().map(|name| name.parse().unwrap()).collect();
    let waiting = store.waiting_events(&campaigns, minute(by), 9).await.unwrap();
    waiting.into_iter().map(|waiting| (waiting.event.unwrap(), waiting.attempts)).collect()
}

pub(super) fn decided(answers: &[Answer], campaign: &str) -> Rebate {
    let answer = answers.iter().find(|answer| answer.campaign.as_str() == campaign);
    match answer.map(|answer| &answer.outcome) {
        Some(Outcome::Decided(rebate)) => rebate.clone(),
        other => panic!("{campaign} decided nothing: {other:?}"),
    }
}

pub(super) fn verdicts(rebate: &Rebate) -> Vec<Verdict> {
    rebate.rewards.iter().map(|rewarded: &Rewarded| rewarded.verdict).collect()
}

pub(super) async fn has(store: &Arc<dyn Store>, player: &str) -> i64 {
    let balances = store.balances(&player.parse().unwrap(), minute(9)).await.unwrap();
    balances.iter().flat_map(|balance| &balance.lots).map(|(_, left)| left).sum()
}

pub(super) async fn left(store: &Arc<dyn Store>, player: &'static str) -> Option<u64> {
    let snapshot = store.snapshot(&wish(player, "x").query()).await.unwrap();
    snapshot.participation.unwrap_or_default().chances.left()
}
