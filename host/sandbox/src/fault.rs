//! Whose fault a failed call is: the rule's, the same way every time, or this host's, this once.

use tombola_domain::terminal::obeys;
use tombola_engine::rule::{Fault, FaultKind};
use wasmtime::{Error, OutOfMemory, PoolConcurrencyLimitError, Trap};

use crate::limits::{Exceeded, HostShort};

/// Bytes of a fault's message.
pub(crate) const MESSAGE_BYTES_MAX: usize = 4 << 10;

/// A call that gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The rule's.
    Fault(Fault),
    /// This host's.
    Unavailable(String),
}

impl Failure {
    /// Judges an error of a guest's call. What is neither a trap nor known to be the host's comes from the guest as well:
    /// with no imports, all that is left is an answer that can't be read (too large, not UTF-8, outside of its memory).
    pub(crate) fn of_call(error: &Error) -> Self {
        if is_host(error) {
            return Self::Unavailable(describe(error));
        }
        let kind = if error.is::<Exceeded>() { FaultKind::Memory } else { of_trap(error.downcast_ref()) };
        Self::Fault(fault(kind, describe(error)))
    }

    /// Judges an error of instantiation. Besides what the guest's start-up code may do, all that can go wrong here is the
    /// host's.
    pub(crate) fn of_start(error: &Error) -> Self {
        if error.is::<Trap>() || error.is::<Exceeded>() {
            Self::of_call(error)
        } else {
            Self::Unavailable(describe(error))
        }
    }
}

/// A fault whose message is made harmless and cut to what a fault may hold.
pub(crate) fn fault(kind: FaultKind, message: String) -> Fault {
    Fault { kind, message: cut(escaped(message)) }
}

/// The whole chain of an error, cause first, since the backtrace that follows it may be cut.
pub(crate) fn describe(error: &Error) -> String {
    let mut links: Vec<String> = error.chain().map(ToString::to_string).collect();
    links.reverse();
    cut(escaped(links.join("\n")))
}

/// A text with what a terminal would obey or that would turn it around written out: a guest's own words stand in it, and the
/// names that it gave to its functions.
fn escaped(text: String) -> String {
    let is_obeyed = |one: char| one != '\n' && obeys(one);
    if !text.contains(is_obeyed) {
        return text;
    }
    text.chars().fold(String::with_capacity(text.len()), |mut out, one| {
        if is_obeyed(one) {
            out.extend(one.escape_unicode());
        } else {
            out.push(one);
        }
        out
    })
}

/// Cuts a text to [`MESSAGE_BYTES_MAX`], between two characters.
fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MESSAGE_BYTES_MAX));
    text
}

fn is_host(error: &Error) -> bool {
    error.is::<PoolConcurrencyLimitError>()
        || error.is::<OutOfMemory>()
        || error.is::<HostShort>()
        || error.downcast_ref() == Some(&Trap::Interrupt)
}

fn of_trap(trap: Option<&Trap>) -> FaultKind {
    match trap {
        Some(Trap::OutOfFuel) => FaultKind::Fuel,
        Some(Trap::StackOverflow) => FaultKind::Stack,
        _ => FaultKind::Trap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(error: impl Into<Error>, expected: Result<FaultKind, ()>) {
        let kind = match Failure::of_call(&error.into()) {
            Failure::Fault(fault) => Ok(fault.kind),
            Failure::Unavailable(_) => Err(()),
        };
        assert_eq!(kind, expected);
    }

    #[test]
    fn every_error_has_one_owner() {
        check(Trap::UnreachableCodeReached, Ok(FaultKind::Trap));
        check(Trap::OutOfFuel, Ok(FaultKind::Fuel));
        check(Trap::StackOverflow, Ok(FaultKind::Stack));
        check(Exceeded::Memory { wanted: 2, limit: 1 }, Ok(FaultKind::Memory));
        check(wasmtime::format_err!("invalid utf-8"), Ok(FaultKind::Trap));
        check(Trap::Interrupt, Err(()));
        check(HostShort(String::new()), Err(()));
    }

    #[test]
    fn an_unknown_error_of_instantiation_is_the_hosts() {
        let error = wasmtime::format_err!("mmap failed");
        assert!(matches!(Failure::of_start(&error), Failure::Unavailable(_)));
        assert!(matches!(Failure::of_start(&Trap::OutOfFuel.into()), Failure::Fault(_)));
    }

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        let message = fault(FaultKind::Refused, "a\u{1b}[2J\u{202e}b\r\nc é".to_owned()).message;
        assert_eq!(message, "a\\u{1b}[2J\\u{202e}b\\u{d}\nc é");
    }

    #[test]
    fn messages_are_cut_between_characters() {
        assert_eq!(cut("é".repeat(MESSAGE_BYTES_MAX)).len(), MESSAGE_BYTES_MAX);
        assert_eq!(cut("x".to_owned() + &"é".repeat(MESSAGE_BYTES_MAX)).len(), MESSAGE_BYTES_MAX - 1);
    }
}
