//! The sandbox with real components: well-behaved guests, and hostile ones that are written by hand as text.

mod admit;
mod bed;
mod cache;
mod evaluate;
mod guest;
mod prepare;
mod standard;
mod workers;
