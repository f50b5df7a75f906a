//! Prizes, their stock and how they are delivered, and the pools that they are drawn from.

use super::*;

#[test]
fn deliveries() {
    let prize = |deliver: &str, more: &str| {
        format!("prizes: [{{id: phone, title: P, stock: unlimited, deliver: {deliver}}}]\n{POOL}{more}")
    };
    for good in ["{points: 0}", "{points: {unit: coins, each: 3}}", "{webhook: crm}", "{manual: true}"] {
        check(&prize(good, ""), &[]);
    }
    check(&prize("{chances: 2}", "chances: {granted: 0}"), &[]);
    let uncounted = "chances-uncounted at /prizes/0/deliver/chances: chances are given here";
    check(&prize("{chances: 2}", ""), &[uncounted]);
    let nothing = "delivery-invalid at /prizes/0/deliver/chances: nothing is delivered";
    check(&prize("{chances: 0}", "chances: {granted: 1}"), &[nothing]);
    check(&prize("{points: {unit: coins, each: 0}}", ""), &["delivery-invalid at /prizes/0/deliver/points"]);
    check(&prize("{points: {unit: a b, each: 1}}", ""), &["unit-missing at /prizes/0/deliver/points/unit"]);
    check(&prize("{webhook: a/b}", ""), &["name-invalid at /prizes/0/deliver/webhook"]);
}

/// Wherever a grant stands, what it is worth fits into an account.
#[test]
fn worth() {
    let document = |prize: &str, amount: &str| {
        format!(
            "prizes: [{{id: phone, title: P, stock: unlimited, {prize}}}]\n{POOL}\n\
             budget: {{unit: coins}}\nchances: {{granted: 0}}\n\
             trees: {{default: {{root: a, nodes: {{a: {{grant: drawn, amount: {amount}, sold_out: nothing}}}}}}}}"
        )
    };
    let most = (1_i64 << 53) - 1;
    check(&document("value: 1", &most.to_string()), &[]);
    let place = "amount-too-large at /trees/default/nodes/a/amount: ";
    let of = |amount: i64, each: i64| format!("{place}{amount} of 'phone' at {each} each are more than 2^53 - 1");
    check(&document("value: 2", &format!("[1, {most}]")), &[&of(most, 2)]);
    let large = i64::from(u32::MAX);
    for deliver in ["points: 4294967295", "points: {unit: coins, each: 4294967295}", "chances: 4294967295"] {
        let prize = format!("value: 1, deliver: {{{deliver}}}");
        check(&document(&prize, "2097152"), &[]);
        check(&document(&prize, "2097153"), &[&of(2_097_153, large)]);
    }
    // Also where it is a rule that grants.
    let prize = format!("prizes: [{{id: phone, title: P, stock: unlimited, deliver: {{points: {large}}}}}]\n{POOL}");
    let granting = "rule: say@1, config: {outcomes: [proceed, {grant: [phone, 1, 2097153]}]}";
    let told = |place: &str| format!("amount-too-large at {place}/config: 2097153 of 'phone'");
    check(&format!("{prize}guards: [{{id: g, {granting}}}]"), &[&told("/guards/0")]);
    let granting = granting.replace("proceed, ", "");
    let tree = format!("trees: {{default: {{root: a, nodes: {{a: {{{granting}}}}}}}}}");
    check(&format!("{prize}{tree}"), &[&told("/trees/default/nodes/a")]);
    let rebate = "{id: r, on: visit, rule: say@1, config: {outcomes: [{rewards: [[prize phone, 1, 2097153]]}]}}";
    check(&format!("{prize}events: {{visit: {{attributes: {{}}}}}}\nrebates: [{rebate}]"), &[&told("/rebates/0")]);
}

#[test]
fn the_stock_of_coupon_codes_is_their_pool() {
    let prize = |more: &str| format!("prizes: [{{id: phone, title: P{more}}}]\n{POOL}");
    check(&prize(", deliver: {codes: shop}"), &[]);
    let stated = ["stock-invalid at /prizes/0/stock: the stock is the free codes of the pool 'shop'"];
    for stock in ["5", "unlimited"] {
        check(&prize(&format!(", stock: {stock}, deliver: {{codes: shop}}")), &stated);
    }
    check(&prize(""), &["stock-invalid at /prizes/0/stock: no stock is written"]);
    check(&prize(", deliver: {manual: true}"), &["stock-invalid at /prizes/0/stock"]);
    check(&prize(", deliver: {codes: a/b}"), &["name-invalid at /prizes/0/deliver/codes"]);
    // It can run out, and whoever grants it says what follows.
    let tree = "\ntrees: {default: {root: a, nodes: {a: {grant: drawn}}}}";
    let missing = ["sold-out-missing at /trees/default/nodes/a: 'phone' can run out"];
    check(&(prize(", deliver: {codes: shop}") + tree), &missing);
}

#[test]
fn odds() {
    let pool = |entries: &str| format!("{PHONE}pools: {{default: {entries}}}");
    check(&pool("{phone: \"0.61\"}"), &["odds-sum at /pools/default: the shares sum to 61/100"]);
    check(&pool("{phone: \"1\", nothing: rest}"), &["odds-sum at /pools/default"]);
    check(
        &pool("{phone: most, nothing: \"2/1\"}"),
        &["odds-invalid at /pools/default/nothing", "odds-invalid at /pools/default/phone"],
    );
    check(&pool("{phone: 1, nothing: rest}"), &["odds-invalid at /pools/default: weights"]);
    check(&pool("{phone: 0}"), &["odds-invalid at /pools/default: the weight"]);
    let fine = "{phone: \"1/9223372036854775807\", nothing: \"1/9223372036854775783\"}";
    check(&pool(fine), &["odds-too-fine at /pools/default"]);
    check(&pool("{phone: 9007199254740992}"), &["document-shape at /pools/default/phone: a weight is at most"]);
    check(&pool("{}"), &["odds-invalid at /pools/default", "prize-never-won at /prizes/0"]);
}

#[test]
fn pools() {
    check(
        &format!("{PHONE}pools: {{other: {{phone: 1}}}}"),
        &["pool-default-missing at /pools", "prize-never-won", "pool-unused at /pools/other"],
    );
    check(
        &format!("{PHONE}pools: {{default: {{phone: 1, phon: 1}}}}"),
        &["prize-unknown at /pools/default/phon: there is no prize 'phon'"],
    );
    check_guard(
        "config: {outcomes: [{choose: better}]}",
        &["pool-unknown at /guards/0/config: there is no pool 'better'"],
    );
}

#[test]
fn prizes_that_can_never_be_won() {
    let blocked = "{a: {rule: say@1, config: {outcomes: [{follow: yes}, {follow: no}]}, on: {yes: c, no: c}}, b: {grant: drawn, sold_out: c}, c: {grant: mug}}";
    check_nodes(
        "5",
        blocked,
        &[
            "prize-never-won at /prizes/0: no path hands over the prize 'phone'",
            "node-unreachable at /trees/default/nodes/b",
        ],
    );
    check(
        &format!("prizes: [{{id: phone, title: P, stock: 1}}, {{id: mug, title: M, stock: 1}}]\n{POOL}"),
        &["prize-never-won at /prizes/1"],
    );
    check(
        &format!("{PHONE}{POOL}trees: {{x: {{root: a, nodes: {{a: {{grant: drawn}}}}}}}}"),
        &["tree-unused at /trees/x"],
    );
    check(
        "prizes: [{id: phone, title: Phone, stock: unlimited, tree: x}]\npools: {default: {phone: 1}}",
        &["tree-unknown at /prizes/0/tree"],
    );
}
