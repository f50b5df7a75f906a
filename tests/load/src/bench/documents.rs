//! The campaigns that are drawn in.

/// The list that a guard looks at; nobody who draws is on it.
pub(super) const LIST: &str = "bench-banned";
/// Three guards and a tree three rules deep.
pub(super) const WITH_RULES: &str = "bench-rules";
/// The same prizes and pools, and no rule.
pub(super) const WITHOUT_RULES: &str = "bench-plain";
/// Gives points for purchases, and sells chances for them.
pub(super) const SHOP: &str = "bench-shop";

const HEAD: &str = r#"
window: {opens: 2020-01-01T00:00:00Z, timezone: UTC}
prizes:
  - {id: phone, title: Phone, stock: 1000000000, tree: deep}
  - {id: points, title: Points, stock: unlimited, tree: deep, deliver: {points: 1}}
pools:
  default: {phone: "1/2", points: rest}
"#;

/// What a guard may choose instead of the default.
const BETTER: &str = "  better: {phone: \"2/3\", points: rest}";

/// Every draw asks six rules; one of the stocked prize asks a seventh, for what follows should it be sold out.
pub(super) fn with_rules() -> String {
    let rules = r"
attributes: {channel: {type: text, one_of: [app, web], default: web}}
guards:
  - {id: banned, rule: blacklist@1, config: {list: bench-banned, grant: {prize: points, amount: 1}}}
  - {id: in-app, rule: attribute-match@1, config: {attribute: channel, op: equals, value: app, pool: better}}
  - {id: loyal, rule: weight-tier@1, config: {fact: player.draws.total, tiers: [{from: 60, pool: better}]}}
trees:
  deep:
    root: first
    nodes:
      first: {rule: unlock@1, config: {draws: 0}, on: {unlocked: second, locked: consolation}}
      second:
        rule: unlock@1
        config: {fact: player.draws.total, at_least: 0}
        on: {unlocked: third, locked: consolation}
      third:
        rule: unlock@1
        config: {fact: player.draws.month, at_least: 0}
        on: {unlocked: hand-over, locked: consolation}
      hand-over: {grant: drawn, sold_out: consolation}
      consolation: {rule: consolation@1, config: {prize: points, amount: [1, 100]}}
";
    format!("campaign: {WITH_RULES}\ntitle: Rules{HEAD}{BETTER}{rules}")
}

/// The floor: what is left of a draw when no rule is asked.
pub(super) fn without_rules() -> String {
    let trees = r"
trees:
  deep:
    root: hand-over
    nodes:
      hand-over: {grant: drawn, sold_out: consolation}
      consolation: {grant: points, amount: [1, 100]}
";
    format!("campaign: {WITHOUT_RULES}\ntitle: No rules{HEAD}{trees}")
}

/// A campaign without rules, of which every draw wins one of so many stocked prizes.
pub(super) fn of_prizes(campaign: &str, prizes: usize) -> String {
    let each = |line: fn(usize) -> String| (0..prizes).map(line).collect::<String>();
    format!(
        "campaign: {campaign}\ntitle: Prizes\nwindow: {{opens: 2020-01-01T00:00:00Z}}\nprizes:\n{}pools:\n  default:\n{}",
        each(|number| format!("  - {{id: prize-{number}, title: Prize, stock: 1000000000}}\n")),
        each(|number| format!("    prize-{number}: 1\n")),
    )
}

/// A campaign with one guard, the rule `name`, which takes no config.
pub(super) fn with_plain_guard(campaign: &str, name: &str) -> String {
    format!(
        "campaign: {campaign}\ntitle: One guard{HEAD}{BETTER}
guards:
  - {{id: plain, rule: {name}@1}}
trees:
  deep: {{root: hand-over, nodes: {{hand-over: {{grant: drawn, sold_out: nothing}}}}}}
"
    )
}

/// A campaign with one guard, the rule `name` under a config of its own.
pub(super) fn with_guard(campaign: &str, name: &str) -> String {
    format!(
        "campaign: {campaign}\ntitle: One guard{HEAD}{BETTER}
guards:
  - {{id: loyal, rule: {name}@1, config: {{fact: player.draws.total, tiers: [{{from: 60, pool: better}}]}}}}
trees:
  deep: {{root: hand-over, nodes: {{hand-over: {{grant: drawn, sold_out: nothing}}}}}}
"
    )
}

/// Two rules for each purchase of 1,000: one gives 50 points, the other one more with every tenth.
pub(super) fn shop() -> String {
    format!(
        "campaign: {SHOP}\ntitle: Shop\nwindow: {{opens: 2020-01-01T00:00:00Z}}\nchances: {{granted: 0}}\n\
         prizes: [{{id: mug, title: Mug, stock: unlimited}}]\npools: {{default: {{mug: 1}}}}\n\
         skus: [{{id: one, title: One more, chances: 1, price: {{unit: points, amount: 1}}, stock: unlimited}}]\n\
         events: {{purchase: {{attributes: {{paid: {{type: integer, minimum: 0}}}}}}}}\nrebates:\n\
         - {{id: cashback, on: purchase, rule: purchase-rebate@1, config: {{attribute: paid, per_mille: 50, unit: points}}}}\n\
         - {{id: tenth, on: purchase, rule: milestone@1, config: {{every: 10, rewards: [{{unit: points, amount: 1}}]}}}}\n"
    )
}
