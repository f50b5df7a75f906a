//! What a server tells, held against the books.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde_json::Value;

use super::{Books, Of, Span, of, players};
use crate::harness::{Caller, Server};
use crate::mixed::corrections::CAMPAIGNS;

/// What a player has of each account, as their balances tell it or as their statement adds up to.
type Accounts = BTreeMap<String, i64>;

impl Books {
    /// Everybody has what they should, by their balances and by their statements. Answers how much of it is so since the house lost it: all
    /// of it, once nothing is on its way.
    pub(in crate::mixed) async fn agree_with(&self, server: &Server) -> i64 {
        let (client, mut lost) = (server.client(), self.lost);
        for player in players() {
            self.agree_with_holds(&client, &player).await;
            let worth = self.worth_of(&client, &player).await;
            let expected = self.worth.get(&player).copied().unwrap_or_default();
            assert_in(expected, worth, &player);
            lost += worth - expected.least;
            for campaign in CAMPAIGNS {
                self.agree_with_campaign(&client, &of(campaign, &player)).await;
            }
        }
        for campaign in CAMPAIGNS {
            self.agree_with_stock(&server.operator(), campaign).await;
        }
        lost
    }

    /// Something of each kind was set right.
    pub(in crate::mixed) fn were_real(&self) {
        let corrected = &self.corrected;
        let ended = |how: &str| corrected.ends.values().filter(|(state, _)| state == how).count();
        let counts = [
            ("awards", corrected.awards.len()),
            ("orders", corrected.orders.len()),
            ("adjustments", corrected.adjustments.len()),
            ("chances", corrected.grants.len()),
            ("events", corrected.reversed.len()),
            ("taken", ended("taken")),
            ("released", ended("released")),
        ];
        println!("of {} draws and {} holds: {counts:?}", self.draws.values().sum::<i64>(), self.holds.len());
        assert!(counts.iter().all(|(_, count)| *count > 0), "{counts:?}");
    }

    async fn worth_of(&self, client: &Caller, player: &str) -> i64 {
        // Something may be handed over between two answers.
        let (has, moved) = loop {
            let (before, moved) = (balances(client, player).await, statement(client, player).await);
            if balances(client, player).await == before {
                break (before, moved);
            }
        };
        assert_eq!(has, moved, "{player}'s balances and statement");
        let [balance, lots, held, debt] = ["balance", "lots", "held", "debt"].map(|account| has[account]);
        assert!(balance == lots && balance >= 0 && held >= 0 && debt <= 0, "{player}: {has:?}");
        assert!(balance == 0 || debt == 0, "who owes has nothing to spend: {player}: {has:?}");
        let open = self
            .holds
            .iter()
            .filter(|(hold, (_, stays))| hold.0 == player && *stays && !self.corrected.ends.contains_key(*hold));
        assert!(held >= open.map(|(_, (amount, _))| amount).sum::<i64>(), "{player}: {has:?}");
        balance + held + debt
    }

    async fn agree_with_holds(&self, client: &Caller, player: &str) {
        let listed = pages(client, &format!("/v1/players/{player}/holds")).await;
        let listed: BTreeMap<_, _> = listed.iter().map(|hold| (hold["id"].as_str().unwrap(), hold)).collect();
        let own = self.holds.iter().filter(|((whose, _), _)| whose == player);
        for (whose, (amount, _)) in own {
            let hold = listed[whose.1.as_str()];
            assert_eq!(hold["amount"], *amount, "{hold:#}");
            let (state, taken) = (hold["state"].as_str().unwrap(), hold["taken"].as_i64().unwrap_or_default());
            match self.corrected.ends.get(whose) {
                Some(end) => assert_eq!((state, taken), (end.0.as_str(), end.1), "{hold:#}"),
                None => assert!(["open", "expired"].contains(&state), "nobody was told that it ended: {hold:#}"),
            }
        }
    }

    async fn agree_with_campaign(&self, client: &Caller, whose: &Of) {
        let (campaign, player) = whose;
        let (status, view) = client.get(&format!("/v1/campaigns/{campaign}/players/{player}?limit=1")).await;
        assert_eq!(status, StatusCode::OK, "{view:#}");
        let drawn = self.draws.get(whose).copied().unwrap_or_default();
        assert_eq!(view["made"]["total"], drawn, "{view:#}");
        assert_in(self.chances[whose], view["chances"].as_i64().unwrap(), player);
    }

    async fn agree_with_stock(&self, operator: &Caller, campaign: &str) {
        let (status, levels) = operator.get(&format!("/v1/operator/campaigns/{campaign}/stock")).await;
        assert_eq!(status, StatusCode::OK, "{levels:#}");
        for item in ["five", "mug"] {
            let mut items = levels["items"].as_array().unwrap().iter();
            let level = items.find(|level| level["prize"] == item).unwrap();
            let key = of(campaign, item);
            assert_eq!(level["issued"], self.issued.get(&key).copied().unwrap_or_default(), "{level:#}");
            assert_in(self.stock[&key], level["stock"].as_i64().unwrap(), item);
        }
    }
}

#[track_caller]
fn assert_in(Span { least, most }: Span, number: i64, whose: &str) {
    assert!((least..=most).contains(&number), "{whose}: {number} lies in {least} to {most}");
}

async fn balances(client: &Caller, player: &str) -> Accounts {
    let (status, balances) = client.get(&format!("/v1/players/{player}/balances")).await;
    assert_eq!(status, StatusCode::OK, "{balances:#}");
    let points = balances["items"].as_array().unwrap().iter().find(|balance| balance["unit"] == "points");
    let number = |member: &str| points.map_or(0, |points| points[member].as_i64().unwrap());
    let lots = points.and_then(|points| points["lots"].as_array()).into_iter().flatten();
    let accounts = [
        ("balance", number("balance")),
        ("held", number("held")),
        ("debt", -number("owed")),
        ("lots", lots.map(|lot| lot["amount"].as_i64().unwrap()).sum()),
    ];
    accounts.map(|(account, has)| (account.to_owned(), has)).into()
}

async fn statement(client: &Caller, player: &str) -> Accounts {
    let mut accounts: Accounts = ["balance", "held", "debt", "lots"].map(|account| (account.to_owned(), 0)).into();
    for line in pages(client, &format!("/v1/players/{player}/balances/points/transfers")).await {
        let amount = line["amount"].as_i64().unwrap();
        for (end, change) in [("from", -amount), ("to", amount)] {
            if let Some(account) = line[end].as_str() {
                *accounts.get_mut(account).unwrap() += change;
            }
        }
        let lots = line["lots"].as_array().into_iter().flatten();
        *accounts.get_mut("lots").unwrap() += lots.map(|lot| lot["change"].as_i64().unwrap()).sum::<i64>();
    }
    accounts
}

/// All members of a list.
async fn pages(client: &Caller, path: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let (status, mut page) = client.get(&format!("{path}?limit=200{cursor}")).await;
        assert_eq!(status, StatusCode::OK, "{page:#}");
        items.append(page["items"].as_array_mut().unwrap());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}
