//! Events, and the rebates that are bound to them.

use std::collections::{BTreeSet, HashSet};

use tombola_domain::fact::Fact;
use tombola_domain::id::{EventType, PrizeId};
use tombola_domain::rebate::{Gain, Recipient};

use super::rules::Declared;
use super::{Check, lists, nearest, wins};
use crate::document::{Deliver, Rebate as Written};
use crate::finding::{Code, within};
use crate::pipeline::{Event, Rebate, Reward};
use crate::rule::{self, Outcome};

impl Check<'_> {
    pub(super) fn all_events(&mut self, rules: &Declared) -> Option<Vec<Event>> {
        let document = self.document;
        let mut seen = HashSet::new();
        for (position, rebate) in document.rebates.iter().enumerate() {
            self.check_binding(rebate, &within("/rebates", position), &mut seen);
        }
        // Collected before the `?`, so that each event is checked.
        let events: Vec<_> = document.events.keys().map(|name| self.one_event(name, rules)).collect();
        events.into_iter().collect()
    }

    fn check_binding<'d>(&mut self, rebate: &'d Written, place: &str, seen: &mut HashSet<&'d str>) {
        if !seen.insert(rebate.id.as_str()) {
            let message = format!("another rebate is called '{}'", rebate.id);
            self.findings.add(Code::DuplicateName, within(place, "id"), message, "Rename one of them.");
        }
        let _: Option<tombola_domain::id::PoolName> = self.name(&rebate.id, &within(place, "id"));
        let events = &self.document.events;
        if !events.contains_key(&rebate.on) {
            let message = format!("no event '{}' is declared", rebate.on);
            let hint = nearest(&rebate.on, events.keys().map(String::as_str));
            self.findings.add(Code::UnknownEvent, within(place, "on"), message, hint);
        }
    }

    fn one_event(&mut self, name: &str, rules: &Declared) -> Option<Event> {
        let place = within("/events", name);
        let facts: Vec<Fact> = rules.facts_of_event(name).into_iter().collect();
        let bound = self.document.rebates.iter().enumerate().filter(|(_, rebate)| rebate.on == name);
        let rebates: Vec<_> = bound
            .map(|(position, rebate)| self.one_rebate(rebate, &within("/rebates", position), rules, &facts))
            .collect();
        if rebates.is_empty() {
            let message = format!("no rebate is bound to the event '{name}'");
            self.findings.add(Code::UnusedEvent, &place, message, "Bind one to it, or drop it.");
        }
        let name: EventType = self.name(name, &place)?;
        let rebates: Vec<Rebate> = rebates.into_iter().collect::<Option<_>>()?;
        let given = rebates.iter().flat_map(|rebate| rebate.outcomes.iter().flatten());
        let given = given.filter_map(|reward| if let Gain::Prize(prize) = &reward.gain { Some(prize) } else { None });
        let is_limited =
            |prize: &&PrizeId| self.prizes.get(prize.as_str()).is_some_and(|prize| self.has_limits(*prize));
        let limited: Vec<PrizeId> = given.filter(is_limited).cloned().collect();
        Some(Event {
            attributes: self.event_attributes.get(name.as_str()).cloned()?,
            lists: lists(&facts),
            wins: wins(&facts, limited),
            name,
            rebates,
            facts,
        })
    }

    fn one_rebate(&mut self, rebate: &Written, place: &str, rules: &Declared, facts: &[Fact]) -> Option<Rebate> {
        let declared = rules.outcomes(place)?;
        let mut told = BTreeSet::new();
        let outcomes: Vec<_> = declared.iter().map(|outcome| self.rewards(outcome, place, &mut told)).collect();
        Some(Rebate {
            rule: rules.place(place, format!("rebates/{}", rebate.id), &rebate.rule, facts)?,
            outcomes: outcomes.into_iter().collect::<Option<_>>()?,
        })
    }

    fn rewards(&mut self, outcome: &Outcome, place: &str, told: &mut BTreeSet<String>) -> Option<Vec<Reward>> {
        let Outcome::Rewards(rewards) = outcome else { return None };
        let rewards: Vec<_> = rewards.iter().map(|reward| self.reward(reward, place, told)).collect();
        rewards.into_iter().collect()
    }

    /// Each mistake is told once, in however many outcomes of a rule it is made.
    fn reward(&mut self, reward: &rule::Reward, place: &str, told: &mut BTreeSet<String>) -> Option<Reward> {
        let place = within(place, "config");
        let is_new = told.insert(reward.to_string());
        let (mut stocked, mut value) = (false, 0);
        let gain = match &reward.gain {
            rule::Gain::Points(unit) => {
                // What is of the budget's unit is taken from it.
                value = i64::from(self.document.budget.as_ref().is_some_and(|budget| budget.unit == *unit));
                if is_new { Gain::Points(self.unit(unit, &place)?) } else { Gain::Points(unit.parse().ok()?) }
            }
            rule::Gain::Chances => {
                if is_new && self.document.chances.granted.is_none() {
                    let message = "chances are given here, and the campaign counts none".to_owned();
                    self.findings.add(
                        Code::UncountedChances,
                        &place,
                        message,
                        "Say with how many chances a player begins: `chances: {granted: 0}`.",
                    );
                }
                Gain::Chances
            }
            rule::Gain::Prize(prize) => {
                let position =
                    if is_new { self.prize_named(prize, &place) } else { self.prizes.get(&**prize).copied() }?;
                let is_of_codes = matches!(self.document.prizes[position].deliver, Some(Deliver::Codes(_)));
                if is_new && reward.recipient == Recipient::Referrer && (is_of_codes || self.has_limits(position)) {
                    let what = if is_of_codes { "is a coupon code" } else { "has limits on a player's wins" };
                    let message = format!("'{prize}' {what}, and is given to a referrer");
                    let hint = "Give the referrer points, chances, or a prize without limits that is no code.";
                    self.findings.add(Code::LimitedReferrer, &place, message, hint);
                }
                if is_new {
                    self.check_worth(&[position], reward.amount.high(), &place);
                }
                stocked = self.is_stocked(position);
                value = self.document.prizes[position].value.unwrap_or(0);
                // That its name is none is a finding of its own.
                Gain::Prize(prize.parse().ok()?)
            }
        };
        Some(Reward { recipient: reward.recipient, gain, amount: reward.amount, stocked, value })
    }
}
