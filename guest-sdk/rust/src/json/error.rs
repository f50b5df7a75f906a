//! A mistake in a config, gathering its place on the way out.

use core::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

use crate::Problem;

/// Boxed, so that the many results on the stack stay small.
#[derive(Debug)]
pub(super) struct Error(Box<Mistake>);

#[derive(Debug)]
struct Mistake {
    message: String,
    hint: String,
    /// A JSON pointer that gets longer at its beginning.
    place: String,
}

impl Error {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(Box::new(Mistake { message: message.into(), hint: String::new(), place: String::new() }))
    }

    fn hint(mut self, hint: String) -> Self {
        self.0.hint = hint;
        self
    }

    /// The mistake is inside of this field.
    pub(super) fn under_key(self, key: &str) -> Self {
        let mut place = String::from("/");
        push_escaped(&mut place, key);
        self.under(place)
    }

    /// The mistake is inside of this item.
    pub(super) fn under_index(self, index: usize) -> Self {
        self.under(concat(&["/", &index.to_string()]))
    }

    #[inline(never)]
    fn under(mut self, mut place: String) -> Self {
        place.push_str(&self.0.place);
        self.0.place = place;
        self
    }

    pub(super) fn into_problem(self) -> Problem {
        let Mistake { message, hint, place } = *self.0;
        Problem { place, message, hint }
    }
}

/// RFC 6901: `~` and `/` are written `~0` and `~1`.
fn push_escaped(place: &mut String, key: &str) {
    for character in key.chars() {
        match character {
            '~' => place.push_str("~0"),
            '/' => place.push_str("~1"),
            other => place.push(other),
        }
    }
}

fn listed(names: &[&str]) -> String {
    let mut text = String::from("known here:");
    for (index, name) in names.iter().enumerate() {
        text.push_str(if index == 0 { " " } else { ", " });
        text.push_str(name);
    }
    text
}

/// Texts put together, in a fraction of the code of the library's generic function.
pub(super) fn concat(parts: &[&str]) -> String {
    let mut whole = String::new();
    for part in parts {
        whole.push_str(part);
    }
    whole
}

fn quoted(before: &str, name: &str, after: &str) -> String {
    concat(&[before, "`", name, "`", after])
}

fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Str(_) | Unexpected::Char(_) => "a text",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "a list",
        Unexpected::Map => "an object",
        _ => "something else",
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

// The provided methods format their arguments; these put texts together, which needs far less code in a guest.
impl de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(concat(&["expected ", &expected.to_string(), ", found ", kind(found)]))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(concat(&["the value is not allowed here: expected ", &expected.to_string()]))
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new(concat(&["the list has the wrong length: expected ", &expected.to_string()]))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(quoted("", variant, " is not known here")).hint(listed(expected))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(quoted("there is no field ", field, " here")).hint(listed(expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(quoted("the field ", field, " is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(quoted("the field ", field, " stands here twice"))
    }
}
