//! Reads other systems' configuration and makes campaign documents of it.
//!
//! A [`dump`] is the text of a database's tables. [`big_market`] knows the tables of one such system, the field's reference lottery: it
//! makes a **document** of each of its strategies, the **lists** of players that documents can't hold, and the **odds** that the system
//! says beside those that its own arithmetic would have given. Whatever could not be carried over as it was is told in a **note**; what
//! is told in none was carried over.
//!
//! Nothing here reads a file, a clock or a database. To add a system: a module beside [`big_market`], with its tables, its notes, and a
//! file for each part of the document.

pub mod big_market;
pub mod dump;
mod yaml;

pub use yaml::{YamlError, yaml};
