//! The rule `attribute-match`: compares an attribute that the request carries, before the draw or after it.
//!
//! ```yaml
//! # A guard: a match chooses a pool, grants or refuses; otherwise the next guard is asked.
//! - {id: app, rule: attribute-match@1, config: {attribute: channel, op: equals, value: app, pool: better}}
//! - {id: minors, rule: attribute-match@1, config: {attribute: age, op: at_most, value: 17, refuse: {code: minor}}}
//! # A branch: follows `match` or `no-match`.
//! vip: {rule: attribute-match@1, config: {attribute: level, op: one_of, values: [gold, black]}, on: {…}}
//! ```
//!
//! The type of the value is that of the attribute: a text, an integer or a boolean. An attribute that the request
//! doesn't carry equals nothing, is one of nothing, and is neither at least nor at most anything.

mod branch;
mod condition;
mod config;
mod guard;
mod scalar;

pub use branch::Fork;
pub use config::Config;
pub use guard::Gate;

tombola_rule::export!(guard: Gate, branch: Fork);

#[cfg(test)]
mod tests;
