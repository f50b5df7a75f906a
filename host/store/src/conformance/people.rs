//! What is kept of a player: given out as a whole, and erased as far as it is values.

use std::collections::BTreeSet;
use std::sync::Arc;

use data_encoding::BASE64;
use serde_json::{Value, json};
use tombola_domain::id::PlayerId;
use tombola_domain::ledger::Lapse;

use super::Backend;
use super::adjustments::{adjust, grant, void_grant};
use super::event_wish::{chances, decided, event, points, prize, to_referrer};
use super::fixture::{CAMPAIGN, draw, minute, operation, publish, set_up, wish};
use super::orders::{order, place_one};
use super::reversals::reversal;
use crate::Store;
use crate::audit::{Query, Verb};
use crate::codes::NewCode;
use crate::draws::{Draw, EraseError, Refusal};
use crate::events::{Rebate, Reversal};
use crate::lists::ListEdit;
use crate::people::ExportCursor;
use crate::reconciliation::{Comparison, Finding};

/// Whose everything is asked for, and somebody else who has the same.
const OWN: &str = "p";
const OTHER: &str = "mallory";

fn id(player: &str) -> PlayerId {
    player.parse().unwrap()
}

/// What the store was told of.
struct Kept {
    store: Arc<dyn Store>,
    points: Draw,
    code: Draw,
    rebate: Rebate,
}

/// Something of each kind, of both players.
async fn furnish(backend: &impl Backend) -> Kept {
    let store = backend.open().await;
    let activation = publish(&store, &[("five", 9)]).await.activation;
    store.put_code_pool(&set_up(), &"shop".parse().unwrap(), 0).await.unwrap();
    let mut load = store.begin_load(&"shop".parse().unwrap()).await.unwrap();
    let codes = ["A-OTHER", "A-OWN"].map(|code| NewCode { code: code.parse().unwrap(), expires_at: None });
    store.stage_codes(&mut load, &codes).await.unwrap();
    store.take_load(&set_up(), &load).await.unwrap();
    furnish_one(&store, activation, OTHER).await;
    let (points, code, rebate) = furnish_one(&store, activation, OWN).await;
    store.reverse_event(&reversal("back", "e", Some((1, 2)))).await.unwrap();
    let granted = grant(&store, OWN, "voided", 2).await;
    void_grant(&store, "void", &granted).await;
    Kept { store, points, code, rebate }
}

/// Both draws of a player, and what their event earned.
async fn furnish_one(store: &Arc<dyn Store>, activation: u64, player: &'static str) -> (Draw, Draw, Rebate) {
    let points_won = wish(player, "points").unlimited("points").amount(5);
    let points_won = draw(store, activation, &points_won).await.unwrap();
    let code_won = draw(store, activation, &wish(player, "code").stocked("codes-shop").amount(1)).await.unwrap();
    let told = event(player, "e").gives(CAMPAIGN, &[points(6), chances(2), prize("mug", false)]);
    let rebate = decided(&told.report(store, activation).await.unwrap(), CAMPAIGN);
    adjust(store, player, &format!("gift-{player}"), 100, Lapse::At(minute(90))).await;
    place_one(store, order(player, "order", 1, activation)).await.unwrap();
    let edit = ListEdit { add: vec![id(player)], remove: Vec::new() };
    store.edit_list(&set_up(), &"vip".parse().unwrap(), &edit, true).await.unwrap();
    let (campaign, code) = (CAMPAIGN.parse().unwrap(), "banned".to_owned());
    store.record_refusals(&[Refusal { campaign, player: id(player), code, at: minute(4) }]).await.unwrap();
    let finding = Finding {
        comparison: Comparison::Draws,
        subject: CAMPAIGN.to_owned(),
        player: Some(id(player)),
        found: 2,
        expected: 1,
        evidence: "{}".to_owned(),
    };
    store.settle(&[finding], minute(6)).await.unwrap();
    (points_won, code_won, rebate)
}

async fn export(store: &Arc<dyn Store>, player: &str, limit: u32) -> Vec<Value> {
    let (mut at, mut lines) = (Some(ExportCursor::default()), Vec::new());
    while let Some(cursor) = at {
        let page = store.export(&id(player), &cursor, limit).await.unwrap();
        assert!(page.lines.len() <= limit as usize);
        lines.extend(page.lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        at = page.next;
    }
    lines
}

fn of_kind<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

/// A line of the kind has at least these members.
#[track_caller]
fn told(lines: &[Value], kind: &str, expected: &Value) {
    let lines = of_kind(lines, kind);
    let is_in = |line: &&&Value| expected.as_object().unwrap().iter().all(|(name, value)| line[name] == *value);
    assert!(lines.iter().any(|line| is_in(&line)), "no {kind} is {expected:#}, of {lines:#?}");
}

/// What they got for what another did, and what was taken back of it, without what that one's events are called.
pub async fn what_a_referrer_got_names_nobody_else(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let told = event(OTHER, "told-by-another").gives(CAMPAIGN, &[points(6), chances(2)].map(to_referrer));
    let rebate = decided(&told.report(&store, activation).await.unwrap(), CAMPAIGN);
    assert_eq!(store.deliver_referrals(minute(2), 9).await.unwrap().delivered, 1);
    let back = Reversal { player: id(OTHER), ..reversal("taken-by-another", "told-by-another", Some((1, 2))) };
    store.reverse_event(&back).await.unwrap();
    let lines = export(&store, "friend", 99).await;
    let keys = |kind: &str| of_kind(&lines, kind).into_iter().map(|line| line["key"].clone()).collect::<Vec<_>>();
    assert_eq!(keys("transfer"), ["referral", "referral-reversal"]);
    assert_eq!(keys("chances"), ["referral-reversal", "referral"]);
    let text = json!(lines).to_string();
    for other in [OTHER, "by-another", rebate.id.as_str()] {
        assert!(!text.contains(other), "{other} in {text}");
    }
}

/// A line of each kind, with times, hashes and receipts as the API shows them, and nothing of anybody else.
pub async fn all_that_is_kept_of_a_player_is_given_out(backend: &impl Backend) {
    let Kept { store, points, code, rebate } = furnish(backend).await;
    let lines = export(&store, OWN, 99).await;
    let kinds: BTreeSet<_> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    let expected = [
        "award",
        "balance",
        "chances",
        "difference",
        "draw",
        "event",
        "event_count",
        "list",
        "order",
        "participation",
        "refusal",
        "transfer",
        "wins",
    ];
    assert_eq!(kinds, expected.into());
    let text = json!(lines).to_string();
    for other in [OTHER, "friend", "A-OTHER", "salt", &minute(1).as_millis().to_string()] {
        assert!(!text.contains(other), "{other} in {text}");
    }
    let at = |number| json!(minute(number).to_string());
    let receipt = store.receipt(&points.id).await.unwrap().unwrap();
    let drawn = json!({
        "draw": points.id.as_str(), "campaign": CAMPAIGN, "ordinal": 1, "key": "points", "prize": "points", "amount": 5, "at": at(1),
        "receipt": points.receipt.to_string(), "receipt_bytes": BASE64.encode(&receipt.bytes),
    });
    told(&lines, "draw", &drawn);
    let with_code = of_kind(&lines, "draw").into_iter().find(|line| line["draw"] == code.id.as_str()).unwrap();
    assert_eq!((&with_code["award"]["state"], &with_code["award"]["code"]), (&json!("delivered"), &json!("A-OWN")));
    let delivered = of_kind(&lines, "draw").into_iter().find(|line| line["draw"] == points.id.as_str()).unwrap();
    assert_eq!(delivered["award"]["history"], json!([{"state": "delivered", "at": at(1)}]));
    let earning = of_kind(&lines, "event").into_iter().find(|line| line["event"] == "e").unwrap();
    assert_eq!((&earning["type"], &earning["attributes"]), (&json!("visit"), &json!({"paid": 3})));
    assert_eq!((&earning["occurred_at"], &earning["received_at"]), (&at(0), &at(1)));
    let earned = &earning["earned"][0];
    let whole = store.rebate_receipt(&rebate.id).await.unwrap().unwrap();
    assert_eq!((&earned["rebate"], &earned["at"]), (&json!(rebate.id.as_str()), &at(1)));
    assert_eq!(earned["receipt_bytes"], BASE64.encode(&whole.bytes));
    told(&lines, "event", &json!({"event": "back", "reverses": "e", "part": 1, "part_of": 2, "occurred_at": at(4)}));
    told(&lines, "award", &json!({"prize": "mug", "campaign": CAMPAIGN, "at": at(1), "state": "delivered"}));
    told(&lines, "order", &json!({"sku": "five", "price": 30, "at": at(1), "voided_at": null}));
    told(&lines, "transfer", &json!({"why": "order", "amount": 30, "from": "balance", "to": "house", "at": at(1)}));
    told(&lines, "transfer", &json!({"why": "adjustment", "amount": 100, "to": "balance"}));
    let lots = json!([{"lapses_at": at(90), "left": 70}, {"lapses_at": null, "left": 8}]);
    told(&lines, "balance", &json!({"account": "balance", "unit": "points", "balance": 78, "lots": lots}));
    told(&lines, "chances", &json!({"why": "operator", "amount": 2, "at": at(0), "voided_at": at(5)}));
    told(&lines, "chances", &json!({"why": "order", "amount": 5, "voided_at": null}));
    told(&lines, "refusal", &json!({"campaign": CAMPAIGN, "code": "banned", "at": at(4)}));
    told(&lines, "list", &json!({"list": "vip"}));
    told(&lines, "difference", &json!({"comparison": "draws", "found": 2, "expected": 1, "first_seen": at(6)}));
    told(&lines, "wins", &json!({"prize": "mug", "total": 1}));
    let (month, day) = (&minute(1).to_string()[..7], &minute(1).to_string()[..10]);
    told(&lines, "participation", &json!({"campaign": CAMPAIGN, "draws": 2, "month": month, "day": day}));
}

/// Of any size, each line once and in the same order.
pub async fn an_export_comes_in_pages(backend: &impl Backend) {
    let Kept { store, .. } = furnish(backend).await;
    let whole = export(&store, OWN, 99).await;
    for limit in [1, 2, 3] {
        assert_eq!(export(&store, OWN, limit).await, whole, "{limit}");
    }
}

/// Without what erasing takes.
fn kept(lines: &[Value]) -> Vec<Value> {
    let mut kept: Vec<Value> = lines.iter().filter(|line| line["kind"] != "refusal").cloned().collect();
    for line in &mut kept {
        line.as_object_mut().unwrap().retain(|name, _| !["disclosure", "attributes"].contains(&name.as_str()));
        for earned in line.get_mut("earned").and_then(Value::as_array_mut).into_iter().flatten() {
            earned.as_object_mut().unwrap().remove("disclosure");
        }
    }
    kept
}

/// The values behind receipts, what events say of themselves, and what a rule said; neither a hash nor a count nor anybody else's.
pub async fn erasing_takes_values_and_leaves_the_rest(backend: &impl Backend) {
    let Kept { store, points, rebate, .. } = furnish(backend).await;
    let (before, others) = (export(&store, OWN, 99).await, export(&store, OTHER, 99).await);
    let receipt = store.receipt(&points.id).await.unwrap().unwrap();
    assert!(receipt.disclosure.is_some());
    let erased = store.erase_disclosures(&operation("1", "erase p"), &id(OWN)).await.unwrap();
    assert_eq!((erased.result, erased.replayed), (3, false));
    let after = export(&store, OWN, 99).await;
    assert_eq!(kept(&after), kept(&before));
    assert_eq!(of_kind(&after, "refusal"), Vec::<&Value>::new());
    assert!(of_kind(&after, "draw").iter().all(|line| line["disclosure"].is_null()), "{after:#?}");
    for line in of_kind(&after, "event") {
        assert_eq!(line["attributes"], json!({}));
        assert!(line["earned"].as_array().unwrap().iter().all(|earned| earned["disclosure"].is_null()), "{line:#}");
    }
    assert_eq!(export(&store, OTHER, 99).await, others);
    let bare = store.receipt(&points.id).await.unwrap().unwrap();
    assert_eq!((&bare.bytes, &bare.proof, bare.disclosure), (&receipt.bytes, &receipt.proof, None));
    assert_eq!(store.rebate_receipt(&rebate.id).await.unwrap().unwrap().disclosure, None);
    assert_eq!(store.prove().await.unwrap(), []);
    // Once more there is nothing to erase; the same request is answered as before.
    let again = store.erase_disclosures(&operation("1", "erase p"), &id(OWN)).await.unwrap();
    assert_eq!((again.result, again.replayed), (3, true));
    let more = store.erase_disclosures(&operation("2", "erase p"), &id(OWN)).await.unwrap();
    assert_eq!((more.result, more.replayed), (0, false));
    assert_eq!(export(&store, OWN, 99).await, after);
    let reused = store.erase_disclosures(&operation("1", "erase mallory"), &id(OTHER)).await;
    assert!(matches!(reused, Err(EraseError::KeyReused(_))), "{reused:?}");
}

/// What they are named in is another player's, of whom only that goes.
pub async fn erasing_who_was_named_takes_their_name(backend: &impl Backend) {
    let Kept { store, points, rebate, .. } = furnish(backend).await;
    let before = export(&store, OWN, 99).await;
    // An event of each of the two names them.
    assert_eq!(store.erase_disclosures(&operation("1", "erase friend"), &id("friend")).await.unwrap().result, 2);
    assert_eq!(store.rebate_receipt(&rebate.id).await.unwrap().unwrap().disclosure, None);
    assert!(store.receipt(&points.id).await.unwrap().unwrap().disclosure.is_some());
    let after = export(&store, OWN, 99).await;
    assert_eq!((kept(&after), of_kind(&after, "refusal")), (kept(&before), of_kind(&before, "refusal")));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// They are given an export of nothing, and nothing is erased; that it was asked for is recorded, and of whom is not.
pub async fn of_an_unknown_player_nothing_is_kept(backend: &impl Backend) {
    let Kept { store, .. } = furnish(backend).await;
    let others = export(&store, OTHER, 99).await;
    assert_eq!(export(&store, "nobody", 99).await, Vec::<Value>::new());
    store.record_export(&set_up()).await.unwrap();
    assert_eq!(store.erase_disclosures(&operation("1", "erase"), &id("nobody")).await.unwrap().result, 0);
    assert_eq!(export(&store, OTHER, 99).await, others);
    for what in [Verb::ExportPlayer, Verb::EraseDisclosures] {
        let record = store.audit(&Query { what: Some(what), ..Query::default() }, 9).await.unwrap();
        let told: Vec<_> = record.iter().map(|entry| (entry.subject.as_str(), entry.before, entry.after)).collect();
        assert_eq!(told, [("player", None, None)], "{what:?}");
    }
}
