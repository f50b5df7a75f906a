//! Labels of metrics whose values other people choose. Nothing that was recorded can be taken back, so that only the first ones are
//! told apart, until the process ends.

use std::collections::BTreeSet;

/// The label of all others.
pub(crate) const OTHERS: &str = "other";

/// The labels that were given.
#[derive(Debug)]
pub(crate) struct Labels {
    given: BTreeSet<String>,
    max: usize,
}

impl Labels {
    /// None yet, and at most so many.
    pub(crate) const fn new(max: usize) -> Self {
        Self { given: BTreeSet::new(), max }
    }

    /// The label for this name: itself, or that of all others.
    pub(crate) fn of(&mut self, name: &str) -> String {
        if !self.given.contains(name) {
            if self.given.len() >= self.max {
                return OTHERS.to_owned();
            }
            self.given.insert(name.to_owned());
        }
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_names_are_told_apart() {
        let mut labels = Labels::new(2);
        let given: Vec<_> = ["one", "two", "late", "one", "two"].map(|name| labels.of(name)).into();
        assert_eq!(given, ["one", "two", OTHERS, "one", "two"]);
    }
}
