//! What is wrong with a config.

use crate::Problem;

impl Problem {
    /// Something wrong at a place of the config, a JSON pointer such as `/tiers/3/from` (empty: the whole of it).
    pub fn at(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into(), hint: String::new() }
    }

    /// Something wrong with one item of a list.
    pub fn at_item(list: &str, index: usize, message: impl Into<String>) -> Self {
        let mut place = String::from(list);
        place.push('/');
        place.push_str(&index.to_string());
        Self::at(place, message)
    }

    /// Adds what the operator should do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// All that is wrong with a config, at least one thing. One [`Problem`] turns into it with `?` and `into()`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `Ok` where nothing was found to be wrong, for rules that collect before they give up.
    pub fn none_of(found: Vec<Problem>) -> Result<(), Self> {
        if found.is_empty() { Ok(()) } else { Err(Self(found)) }
    }

    /// The problems, in the order in which they were found.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}
