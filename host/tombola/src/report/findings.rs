use std::fmt::Write;

use super::printable;
use crate::client::Finding;

/// Each finding with its severity, code and place, then what to do about it.
pub(crate) fn findings(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { severity, code, place, message, hint } in findings {
        let place = if place.is_empty() { "/" } else { place };
        let line = format!("{severity}[{code}] at {place}: {message}");
        writeln!(text, "{}", printable(&line)).expect("writing to a text doesn't fail");
        if !hint.is_empty() {
            writeln!(text, "  {}", printable(hint)).expect("writing to a text doesn't fail");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_where_and_what_to_do() {
        let finding = |place: &str, hint: &str| Finding {
            severity: "error".to_owned(),
            code: "odds-sum".to_owned(),
            place: place.to_owned(),
            message: "it is 9/10 in all".to_owned(),
            hint: hint.to_owned(),
        };
        let text = findings(&[finding("/pools/default", "Add `nothing: rest`."), finding("", "")]);
        let expected = "error[odds-sum] at /pools/default: it is 9/10 in all\n  Add `nothing: rest`.\n\
                        error[odds-sum] at /: it is 9/10 in all\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_rules_words_stay_on_their_line() {
        let hostile = "full\u{1b}[2J\nerror[x] at /: made up";
        let finding = Finding {
            severity: "error".to_owned(),
            code: "rule-config".to_owned(),
            place: "/guards/0/config".to_owned(),
            message: hostile.to_owned(),
            hint: hostile.to_owned(),
        };
        let text = findings(&[finding]);
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}
