//! The rule `schedule`: hours and weekdays in the campaign's zone, before the draw or after it.
//!
//! ```yaml
//! # A guard: outside of these hours a draw is refused; inside, perhaps, drawn from another pool.
//! - {id: opening, rule: schedule@1, config: {hours: ["09:00-12:00"], weekdays: [mon, tue], refuse: {message: Closed.}}}
//! - {id: happy-hour, rule: schedule@1, config: {hours: ["17:00-18:00"], pool: better}}
//! # A branch: follows `open` or `closed`.
//! night: {rule: schedule@1, config: {hours: ["22:00-02:00"]}, on: {open: hand-over, closed: consolation}}
//! ```
//!
//! Hours end before their last minute. Hours that reach over midnight belong to the day on which they begin.

mod branch;
mod config;
mod guard;
mod week;

pub use branch::Switch;
pub use config::Config;
pub use guard::Opening;

tombola_rule::export!(guard: Opening, branch: Switch);

#[cfg(test)]
mod tests;
