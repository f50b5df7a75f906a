use std::fmt::Write;

use crate::client::Finding;

/// Each finding with its severity, code and place, then what to do about it.
pub(crate) fn findings(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { severity, code, place, message, hint } in findings {
        let place = if place.is_empty() { "/" } else { place };
        writeln!(text, "{severity}[{code}] at {place}: {message}").expect("writing to a text doesn't fail");
        if !hint.is_empty() {
            writeln!(text, "  {hint}").expect("writing to a text doesn't fail");
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
}
