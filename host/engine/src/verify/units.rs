//! The units of points that a document names.

use std::collections::BTreeSet;

use tombola_domain::id::UnitName;

use super::{Check, nearest};
use crate::finding::Code;

/// Characters that are shown of what is no unit's name.
const SHOWN_MAX: usize = 32;

/// The units of points that a document may name.
#[derive(Debug, Clone, Copy)]
pub enum Units<'a> {
    /// Those that operators have declared.
    Declared(&'a BTreeSet<UnitName>),
    /// Any: nobody knows here which there are, or there were when the document was published.
    Any,
}

impl Check<'_> {
    pub(super) fn unit(&mut self, name: &str, place: &str) -> Option<UnitName> {
        let unit: Result<UnitName, _> = name.parse();
        let (message, hint) = match (unit, self.units) {
            (Ok(unit), Units::Any) => return Some(unit),
            (Ok(unit), Units::Declared(units)) if units.contains(&unit) => return Some(unit),
            (Ok(_), Units::Declared(units)) => {
                (format!("there is no unit '{name}'"), nearest(name, units.iter().map(UnitName::as_str)))
            }
            (Err(error), _) => {
                let shown: String = name.chars().take(SHOWN_MAX).collect();
                (format!("{shown:?}: {error}"), "Name a unit that is declared.".to_owned())
            }
        };
        self.findings.add(Code::MissingUnit, place, message, hint);
        None
    }
}
