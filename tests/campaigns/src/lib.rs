//! The field's reference campaigns as Tombola documents, and what it takes to draw in them.
//!
//! A [`Campaign`] is one of the documents beside `Cargo.toml`. The [`Reference`] is the data that they were made of;
//! it says again, independently, what each document must be. A [`Library`] holds the standard rules, natively or in
//! the sandbox, and makes pipelines of documents. A [`Player`] stands in a campaign at some point, which gives the
//! facts of a draw.
//!
//! The tests prove on these that draws are exact: that effective odds are the declared ones, that counted draws
//! follow them, and that the sandbox changes nothing. To add a campaign: the document, its line in [`Campaign`], and
//! its tests.

mod campaign;
mod library;
mod native;
mod player;
mod reference;

pub use campaign::Campaign;
pub use library::Library;
pub use player::Player;
pub use reference::Reference;
