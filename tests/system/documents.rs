//! Campaigns that tests publish.

/// Every draw wins a phone while there are any, and points afterwards.
pub(crate) fn stocked(campaign: &str, stock: u32) -> String {
    format!(
        "campaign: {campaign}\ntitle: Stocked\nwindow: {{opens: 2020-01-01T00:00:00Z}}\n\
         prizes:\n  - {{id: phone, title: Phone, stock: {stock}}}\n  - {{id: points, title: Points, stock: unlimited}}\n\
         pools: {{default: {{phone: 1}}}}\n\
         guards: [{{id: banned, rule: blacklist@1, config: {{list: banned, refuse: {{code: banned}}}}}}]\n\
         trees: {{default: {{root: hand-over, nodes: {{\
         hand-over: {{grant: drawn, sold_out: comfort}}, \
         comfort: {{rule: consolation@1, config: {{prize: points, amount: [1, 100]}}}}}}}}}}\n"
    )
}

/// Chances that a player of [`counted`] starts with, as `invariants` knows too.
pub(crate) const GRANTED: u32 = 1_000_000;

/// The same, with chances that are counted.
pub(crate) fn counted(campaign: &str, stock: u32) -> String {
    format!("{}chances: {{granted: {GRANTED}}}\n", stocked(campaign, stock))
}

/// The same, with something said of chances or of the phone's limits.
pub(crate) fn limited(campaign: &str, chances: &str, limits: &str) -> String {
    let document = stocked(campaign, 1_000).replace("stock: 1000}", &format!("stock: 1000, limits: {limits}}}"));
    format!("{document}chances: {chances}\n")
}
