//! Vocabulary and arithmetic of Tombola.

pub mod amount;
pub mod digest;
pub mod fact;
