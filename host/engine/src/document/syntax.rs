//! YAML, and what is wrong with it in the words of whoever writes documents: those of its reader are for whoever calls it.

use std::borrow::Cow;

use serde_json::Value;
use serde_saphyr::Error;

/// What is wrong with a text, where, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) message: String,
    pub(super) hint: &'static str,
}

/// JSON is read as the YAML that it is, since YAML's reader refuses a key that stands twice. Booleans are `true` and `false`
/// alone: `yes`, `no`, `on` and `off` are texts, as edges are often called. A tag would be dropped without a word.
pub(super) fn read(text: &str) -> Result<Value, Mistake> {
    let options = serde_saphyr::options! { strict_booleans: true, reject_unsupported_tags: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| mistake(error.without_snippet()))
}

fn mistake(error: &Error) -> Mistake {
    let (what, hint) = words(error);
    let message = match error.location() {
        Some(location) => format!("line {}, column {}: {what}", location.line(), location.column()),
        None => what.into_owned(),
    };
    Mistake { message, hint }
}

/// How much of a key is shown, in characters.
const SHOWN_MAX: usize = 32;

fn words(error: &Error) -> (Cow<'static, str>, &'static str) {
    let (what, hint) = match error {
        Error::AliasError { error, .. } => return words(error.without_snippet()),
        Error::Message { msg, .. } | Error::ExternalMessage { msg, .. } => return unreadable(msg),
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            let shown: String = key.chars().filter(|character| !character.is_control()).take(SHOWN_MAX).collect();
            return (format!("the key '{shown}' stands there twice").into(), "Leave one of them out.");
        }
        Error::DuplicateMappingKey { .. } => ("a key stands there twice", "Leave one of them out."),
        Error::MultipleDocuments { .. } => {
            ("a second document begins there", "Leave out what follows `---`; each campaign is published by itself.")
        }
        Error::UnknownAnchor { .. } => {
            ("the alias names nothing that stands before it", "Put a text that begins with `*` in quotes.")
        }
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            ("the alias stands within what it repeats", "Write out what is meant.")
        }
        Error::Budget { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => (
            "the text holds more than is read of one, with all that its aliases repeat",
            "Use fewer aliases, and move long lists out of rule configs into operator-kept lists.",
        ),
        Error::NonFiniteFloat { .. } => ("no number of a document is infinite or undefined", "Write a finite number."),
        Error::Unexpected { .. } | Error::NullIntoString { .. } => {
            ("the key is no text", "Put a key in quotes; a list, a map or nothing can't be one.")
        }
        Error::UnsupportedTag { .. }
        | Error::UnsupportedIncludeForm { .. }
        | Error::InvalidScalar { .. }
        | Error::InvalidBinaryBase64 { .. }
        | Error::BinaryNotUtf8 { .. }
        | Error::TaggedScalarCannotDeserializeIntoString { .. } => (
            "the tag means nothing here, or not what follows it",
            "Leave the tag out, and put a text that begins with `!` in quotes.",
        ),
        Error::MergeValueNotMapOrSeqOfMaps { .. } => {
            ("`<<` takes a map, or a list of maps", "Write out what is meant.")
        }
        _ => ("the text can't be read from there", NEAR),
    };
    (what.into(), hint)
}

const NEAR: &str = "Check indentation, quotes and brackets near that place.";

/// What the reader calls a mistake of syntax, of which it tells no kinds.
fn unreadable(told: &str) -> (Cow<'static, str>, &'static str) {
    let (what, hint) = match told {
        _ if told.starts_with("unclosed bracket") => ("the bracket is not closed", "Close it."),
        _ if told.starts_with("misplaced bracket") => ("the bracket closes none", "Leave it out, or open one."),
        _ if told.starts_with("unclosed quote") => ("the quote is not closed", "Close it."),
        _ if told.starts_with("tabs disallowed") => ("a tab can't indent", "Indent with blanks."),
        _ if told.starts_with("mapping values are not allowed") => {
            ("no value can stand there", "Put a text with a colon in it in quotes.")
        }
        _ if told.starts_with("simple key expected") => ("a `:` is missing after the key", "Write `name: value`."),
        _ if told.starts_with("unexpected character") => {
            ("the character can't stand there", "Put the text in quotes; a control character is written as its escape.")
        }
        _ if told.contains("unknown escape character") => {
            ("the text in quotes has an escape that there is not", r"Write `\\` for a backslash.")
        }
        _ if told.starts_with("recursion limit") => ("lists and maps are nested too deep", "Write them flatter."),
        // Such as "while parsing a flow mapping, did not find expected ',' or '}'".
        _ => return (format!("the text can't be read from there: {told}").into(), NEAR),
    };
    (what.into(), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let Mistake { message, hint } = read(text).expect_err(text);
        assert_eq!(message, expected, "{text:.80}");
        assert!(hint.ends_with('.'), "{hint}");
    }

    #[test]
    fn mistakes_are_told_in_the_words_of_who_writes_documents() {
        check("prizes: [{id: phone, title: Phone", "line 1, column 10: the bracket is not closed");
        check("a: ]", "line 1, column 4: the bracket closes none");
        check("a: \"x", "line 1, column 4: the quote is not closed");
        check("a:\n\t- b", "line 2, column 2: a tab can't indent");
        check("a: b: c", "line 1, column 5: no value can stand there");
        check("a: |\n x\ny", "line 3, column 1: a `:` is missing after the key");
        check("a: @x", "line 1, column 4: the character can't stand there");
        check(r#"a: "\q""#, "line 1, column 4: the text in quotes has an escape that there is not");
        check("a: 1\na: 2", "line 2, column 1: the key 'a' stands there twice");
        check("a: 1\n---\nb: 2", "line 3, column 1: a second document begins there");
        check("a: *nope", "line 1, column 4: the alias names nothing that stands before it");
        check("a: &x {b: *x}", "line 1, column 11: the alias stands within what it repeats");
        check("a: .inf", "line 1, column 4: no number of a document is infinite or undefined");
        check("? [1]\n: 2", "line 1, column 3: the key is no text");
        check("~: 2", "line 1, column 1: the key is no text");
        check("<<: 3\na: 1", "line 1, column 5: `<<` takes a map, or a list of maps");
        check("a: !!int x", "line 1, column 10: the tag means nothing here, or not what follows it");
        check(&"[".repeat(3_000), "line 1, column 256: lists and maps are nested too deep");
    }

    #[test]
    fn no_tag_is_dropped_without_a_word() {
        for text in ["a: !foo bar", "a: !foo {b: 1}", "a: !include x", "a: !foo [1]"] {
            let told = read(text).expect_err(text).message;
            assert!(told.ends_with("the tag means nothing here, or not what follows it"), "{text}: {told}");
        }
        assert_eq!(read("a: !!str 7"), Ok(serde_json::json!({"a": "7"})));
    }

    #[test]
    fn aliases_repeat_only_so_much() {
        let repeated = |one: usize| format!("a{one}: &a{one} [{}]\n", vec![format!("*a{}", one - 1); 10].join(", "));
        let bomb: String = std::iter::once("a0: &a0 [x]\n".to_owned()).chain((1..8).map(repeated)).collect();
        let told = read(&bomb).expect_err("it is too much").message;
        assert!(told.ends_with("the text holds more than is read of one, with all that its aliases repeat"), "{told}");
    }
}
