//! Judges a history: what clients asked of hosts and were told, whatever happened to hosts and database meanwhile, and what the database
//! holds in the end. It knows nothing of the product but this, and shares no code with it.
//!
//! A history is in lines of JSON, each a [`Line`], in the order in which things happened as one observer saw them: that a request is
//! *asked* stands before it is sent, that it is *told* after the answer came. A request may be asked many times under its key; one that
//! was never told is *in doubt*, and was done once or not at all. Last come the rows that the database holds, in whatever order.
//!
//! Every draw of a history wants one prize, whose units are counted, and falls through to something else where there is none left.
//! Restocks add units meanwhile. What must hold, and what is a [`Violation`] of it:
//!
//! | | |
//! |---|---|
//! | What was told stays, as it was told | [`Lost`], [`Changed`] |
//! | A key has one effect, and one answer | [`DrawnTwice`], [`AnsweredTwice`] |
//! | Nothing is there that nobody asked for | [`Unasked`] |
//! | A player's ordinals have no gap, follow the feed, and none stands for two draws, also not of what was told and is lost: nobody draws again for something better | [`OrdinalGap`], [`OrdinalTwice`] |
//! | The feed has one order, and it is that of time: what was asked after another one was told comes after it | [`PositionTwice`], [`OutOfOrder`] |
//! | At no position more units were issued than could be there by then | [`OverIssued`] |
//! | No draw fell through while a unit was free from its snapshot to its commit | [`FellThrough`] |
//! | No unit is lost: the database counts those that draws have, of as many as came in | [`Miscounted`], [`Misallotted`] |
//!
//! **Falling through.** A draw's snapshot comes after it was first asked, and what it came to stands at its position in the feed. Units
//! only ever go, apart from restocks, and those that were told of before the draw was first asked were there for its snapshot. So a unit
//! was free all the way if fewer had been issued before the position than the opening stock and these restocks come to.
//!
//! [`Lost`]: Violation::Lost
//! [`Changed`]: Violation::Changed
//! [`DrawnTwice`]: Violation::DrawnTwice
//! [`AnsweredTwice`]: Violation::AnsweredTwice
//! [`Unasked`]: Violation::Unasked
//! [`OrdinalGap`]: Violation::OrdinalGap
//! [`OrdinalTwice`]: Violation::OrdinalTwice
//! [`PositionTwice`]: Violation::PositionTwice
//! [`OutOfOrder`]: Violation::OutOfOrder
//! [`OverIssued`]: Violation::OverIssued
//! [`FellThrough`]: Violation::FellThrough
//! [`Miscounted`]: Violation::Miscounted
//! [`Misallotted`]: Violation::Misallotted

mod answers;
mod feed;
mod line;
mod stock;
mod violation;

pub use line::{Draw, Line, Row, parse};
pub use violation::Violation;

/// Everything that must not be, in no particular order; nothing of a history that is as it should be.
pub fn check(history: &[Line]) -> Vec<Violation> {
    let requests = answers::Requests::of(history);
    let rows = feed::rows(history);
    let mut violations = answers::check(&requests, &rows);
    violations.extend(feed::check(&requests, &rows));
    violations.extend(stock::check(history, &requests, &rows));
    violations
}
