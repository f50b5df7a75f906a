//! Configs of the standard rules at random: most of them sound, some of them not.

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// The largest integer on the wire.
const INTEGER_MAX: i64 = (1 << 53) - 1;

/// Small ones mostly, so that facts meet what configs compare them with.
pub(crate) fn integer() -> impl Strategy<Value = i64> {
    prop_oneof![6 => -3i64..20, 2 => 0i64..1440, 1 => -INTEGER_MAX..=INTEGER_MAX]
}

/// The same few mostly.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![6 => prop::sample::select(vec!["app", "web", "kiosk"]).prop_map(str::to_owned), 1 => ".{0,20}"]
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![any::<bool>().prop_map(Json::from), integer().prop_map(Json::from), text().prop_map(Json::from)]
}

/// A name, or now and then none at all.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![20 => "[a-z][a-z0-9-]{0,12}", 1 => Just(String::new())]
}

/// The object of those fields that are there.
fn object<const N: usize>(fields: [(&str, Option<Json>); N]) -> Json {
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Json::Object(fields.collect::<Map<_, _>>())
}

fn amount() -> impl Strategy<Value = Json> {
    let number = || prop_oneof![12 => 1i64..1000, 1 => -1i64..=0, 1 => INTEGER_MAX - 1..=INTEGER_MAX + 1];
    let range = (number(), 0i64..100).prop_map(|(low, width)| json!([low, low + width]));
    prop_oneof![3 => number().prop_map(Json::from), 3 => range, 1 => scalar()]
}

/// A prize and perhaps how much of it.
pub(crate) fn grant() -> impl Strategy<Value = Json> {
    (name(), prop::option::of(amount()))
        .prop_map(|(prize, amount)| object([("prize", Some(Json::from(prize))), ("amount", amount)]))
}

fn refuse() -> impl Strategy<Value = Json> {
    let code = prop_oneof![9 => "[a-z0-9_-]{1,12}", 1 => text()].prop_map(Json::from);
    let message = ".{0,40}".prop_map(Json::from);
    (prop::option::of(code), prop::option::of(message))
        .prop_map(|(code, message)| object([("code", code), ("message", message)]))
}

/// What a guard does: mostly one thing of `pool`, `grant` and `refuse`, sometimes none or several.
type Consequence = (Option<Json>, Option<Json>, Option<Json>);

fn consequence() -> impl Strategy<Value = Consequence> {
    let pool = || name().prop_map(Json::from);
    let any = (prop::option::of(pool()), prop::option::of(grant()), prop::option::of(refuse()));
    prop_oneof![
        3 => pool().prop_map(|pool| (Some(pool), None, None)),
        3 => grant().prop_map(|grant| (None, Some(grant), None)),
        3 => refuse().prop_map(|refuse| (None, None, Some(refuse))),
        2 => any,
    ]
}

/// `blacklist` and `allowlist`. A `pool` is a field that they don't know.
pub(crate) fn listed() -> impl Strategy<Value = Json> {
    (name(), consequence(), prop::bool::weighted(0.1)).prop_map(|(list, (pool, grant, refuse), is_strange)| {
        let (grant, refuse) =
            if grant.is_none() && refuse.is_none() { (None, Some(json!({}))) } else { (grant, refuse) };
        object([
            ("list", Some(Json::from(list))),
            ("pool", pool.filter(|_| is_strange)),
            ("grant", grant),
            ("refuse", refuse),
        ])
    })
}

/// A comparison: the value that goes with `op`, or now and then any.
fn comparison() -> impl Strategy<Value = [(&'static str, Option<Json>); 4]> {
    let one = prop_oneof![
        3 => (prop::sample::select(vec!["equals", "not_equals"]), scalar()),
        2 => (prop::sample::select(vec!["at_least", "at_most"]), integer().prop_map(Json::from)),
        1 => (prop::sample::select(vec!["one_of", "at_most", "like"]), scalar()),
    ];
    let of_one_type = prop_oneof![
        prop::collection::vec(text().prop_map(Json::from), 1..6),
        prop::collection::vec(integer().prop_map(Json::from), 1..6),
    ];
    let values = prop_oneof![6 => of_one_type, 1 => prop::collection::vec(scalar(), 0..120)];
    let many = (prop::sample::select(vec!["one_of", "not_one_of"]), values);
    let one = one.prop_map(|(op, value)| (op, Some(value), None));
    let many = many.prop_map(|(op, values)| (op, None, Some(Json::from(values))));
    (name(), prop_oneof![one, many]).prop_map(|(attribute, (op, value, values))| {
        [("attribute", Some(Json::from(attribute))), ("op", Some(Json::from(op))), ("value", value), ("values", values)]
    })
}

pub(crate) fn attribute_match_guard() -> impl Strategy<Value = Json> {
    (comparison(), consequence()).prop_map(|([attribute, op, value, values], (pool, grant, refuse))| {
        object([attribute, op, value, values, ("pool", pool), ("grant", grant), ("refuse", refuse)])
    })
}

pub(crate) fn attribute_match_branch() -> impl Strategy<Value = Json> {
    (comparison(), prop::bool::weighted(0.1)).prop_map(|([attribute, op, value, values], chooses)| {
        object([attribute, op, value, values, ("pool", chooses.then(|| Json::from("better")))])
    })
}

fn hours() -> impl Strategy<Value = String> {
    let time = || (0u32..=24 * 60).prop_map(|minutes| format!("{:02}:{:02}", minutes / 60, minutes % 60));
    prop_oneof![20 => (time(), time()).prop_map(|(start, end)| format!("{start}-{end}")), 1 => text()]
}

fn weekdays() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(vec!["mon", "tue", "wed", "thu", "fri", "sat", "sun"], 0..=7)
}

pub(crate) fn schedule() -> impl Strategy<Value = Json> {
    (prop::collection::vec(hours(), 0..4), weekdays())
        .prop_map(|(hours, weekdays)| json!({"hours": hours, "weekdays": weekdays}))
}

pub(crate) fn schedule_guard() -> impl Strategy<Value = Json> {
    (schedule(), prop::option::of(name()), prop::option::of(refuse())).prop_map(|(schedule, pool, refuse)| {
        object([
            ("hours", Some(schedule["hours"].clone())),
            ("weekdays", Some(schedule["weekdays"].clone())),
            ("pool", pool.map(Json::from)),
            ("refuse", refuse),
        ])
    })
}

fn fact() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["player.draws.total", "player.bucket", "attribute.age", "player.wins.mug"])
}

pub(crate) fn unlock() -> impl Strategy<Value = Json> {
    prop_oneof![
        3 => integer().prop_map(|draws| json!({"draws": draws})),
        3 => (fact(), integer()).prop_map(|(fact, at_least)| json!({"fact": fact, "at_least": at_least})),
        1 => (fact(), integer()).prop_map(|(fact, draws)| json!({"fact": fact, "draws": draws})),
        1 => scalar().prop_map(|draws| json!({"draws": draws})),
    ]
}

pub(crate) fn weight_tier() -> impl Strategy<Value = Json> {
    let ascending = prop::collection::btree_set(integer(), 0..60).prop_map(Vec::from_iter);
    let starts = prop_oneof![8 => ascending, 1 => prop::collection::vec(integer(), 1..5)];
    let tiers = starts.prop_flat_map(|starts| {
        let pools = prop::collection::vec("[a-e]", starts.len());
        pools.prop_map(move |pools| {
            starts.iter().zip(pools).map(|(from, pool)| json!({"from": from, "pool": pool})).collect::<Vec<_>>()
        })
    });
    (fact(), tiers).prop_map(|(fact, tiers)| json!({"fact": fact, "tiers": tiers}))
}

/// What a rebate gives: mostly one thing of three, sometimes none or several.
fn gift() -> impl Strategy<Value = Json> {
    let unit = || name().prop_map(Json::from);
    let any = (prop::option::of(unit()), prop::option::of(amount()), prop::option::of(name().prop_map(Json::from)));
    prop_oneof![
        8 => (unit(), prop::option::of(amount())).prop_map(|(unit, amount)| object([("unit", Some(unit)), ("amount", amount)])),
        4 => grant(),
        4 => amount().prop_map(|chances| json!({"chances": chances})),
        1 => any.prop_map(|(unit, chances, prize)| object([("unit", unit), ("chances", chances), ("prize", prize)])),
    ]
}

fn gifts() -> impl Strategy<Value = Vec<Json>> {
    prop_oneof![9 => prop::collection::vec(gift(), 0..4), 1 => prop::collection::vec(gift(), 15..18)]
}

pub(crate) fn milestone() -> impl Strategy<Value = Json> {
    (integer(), gifts()).prop_map(|(every, rewards)| json!({"every": every, "rewards": rewards}))
}

pub(crate) fn referral() -> impl Strategy<Value = Json> {
    (prop::option::of(gifts()), prop::option::of(gifts())).prop_map(|(referrer, player)| {
        object([("referrer", referrer.map(Json::from)), ("player", player.map(Json::from))])
    })
}

pub(crate) fn purchase_rebate() -> impl Strategy<Value = Json> {
    let bound = || prop::option::of(integer().prop_map(Json::from));
    let rate = prop_oneof![8 => 1i64..2_000, 1 => integer(), 1 => 999_999i64..1_000_002];
    (name(), rate, name(), [bound(), bound(), bound()]).prop_map(|(attribute, rate, unit, [from, floor, cap])| {
        object([
            ("attribute", Some(Json::from(attribute))),
            ("per_mille", Some(Json::from(rate))),
            ("unit", Some(Json::from(unit))),
            ("from", from),
            ("floor", floor),
            ("cap", cap),
        ])
    })
}

pub(crate) fn sign_in() -> impl Strategy<Value = Json> {
    let ascending = prop::collection::btree_set(1i64..40, 0..6).prop_map(Vec::from_iter);
    let days = prop_oneof![8 => ascending, 1 => prop::collection::vec(integer(), 1..4)];
    let streaks = days.prop_flat_map(|days| {
        let bonuses = prop::collection::vec(amount(), days.len());
        bonuses.prop_map(move |bonuses| {
            days.iter().zip(bonuses).map(|(days, bonus)| json!({"days": days, "bonus": bonus})).collect::<Vec<_>>()
        })
    });
    let points =
        (name().prop_map(Json::from), prop::option::of(amount())).prop_map(|(unit, base)| (Some(unit), base, None));
    let chances = amount().prop_map(|chances| (None, None, Some(chances)));
    let cycle = prop::option::of(prop_oneof![3 => 30i64..60, 1 => integer()]);
    (prop_oneof![points, chances], streaks, cycle).prop_map(|((unit, base, chances), streaks, cycle)| {
        object([
            ("unit", unit),
            ("base", base),
            ("chances", chances),
            ("streaks", Some(Json::from(streaks))),
            ("cycle", cycle.map(Json::from)),
        ])
    })
}
