//! What guards may say to whom they refuse. Rules write it, the host keeps it for support and counts it by code, and every
//! player who is refused is sent it: all of that is as long as is allowed here.

use super::Check;
use crate::finding::Code;
use crate::rule::Outcome;

/// The longest code of a refusal, in bytes: as long as a name.
pub const REFUSAL_CODE_BYTES_MAX: usize = 64;
/// The longest message of a refusal, in bytes: a few sentences.
pub const REFUSAL_MESSAGE_BYTES_MAX: usize = 500;
/// Characters of a code that are shown where it is none.
const SHOWN_MAX: usize = 32;

impl Check<'_> {
    /// Reports the first refusal that says what none may: a rule that declares thousands of them makes the same mistake in all.
    pub(super) fn check_refusals(&mut self, reference: &str, outcomes: &[Outcome], place: &str) {
        let mistake = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Refuse { code, message } => mistake(code, message),
            _ => None,
        });
        if let Some(mistake) = mistake {
            let message = format!("'{reference}' may refuse with {mistake}");
            let hint = "Mend it where the config says it; otherwise the rule is faulty: use another version.";
            self.findings.add(Code::RuleFault, place, message, hint);
        }
    }
}

fn mistake(code: &str, message: &str) -> Option<String> {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    if !(1..=REFUSAL_CODE_BYTES_MAX).contains(&code.len()) || !code.bytes().all(plain) {
        let shown: String = code.chars().take(SHOWN_MAX).collect();
        let grammar = format!("1 to {REFUSAL_CODE_BYTES_MAX} lower case letters, digits, '-' and '_'");
        return Some(format!("the code {shown:?}, which is not {grammar}"));
    }
    if message.len() > REFUSAL_MESSAGE_BYTES_MAX {
        return Some(format!("a message of {} bytes; {REFUSAL_MESSAGE_BYTES_MAX} are allowed", message.len()));
    }
    let is_line = !message.chars().any(char::is_control);
    (!is_line).then(|| "a message that is not one line of text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_whom_is_refused_is_bounded() {
        let check = |code: &str, message: &str, expected: Option<&str>| {
            let found = mistake(code, message);
            let found = found.as_deref();
            assert!(found == expected || found.zip(expected).is_some_and(|(found, start)| found.starts_with(start)));
        };
        check("no-1_b", "", None);
        check(&"a".repeat(64), &"é".repeat(250), None);
        check(&"a".repeat(65), "", Some("the code \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", which is not 1 to 64"));
        check("", "", Some("the code \"\", which"));
        check("No", "", Some("the code \"No\", which"));
        check("a\nb", "", Some("the code \"a\\nb\", which"));
        check("no", &"a".repeat(501), Some("a message of 501 bytes; 500 are allowed"));
        check("no", "come\u{1b}[2J", Some("a message that is not one line"));
        check("no", "come\nagain", Some("a message that is not one line"));
    }
}
