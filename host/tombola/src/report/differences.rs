use std::fmt::Write;

use super::printable;
use crate::client::Difference;

/// How the live revision differs, a place a line.
pub(crate) fn differences(differences: &[Difference]) -> String {
    let mut text = String::new();
    for Difference { place, change } in differences {
        let place = if place.is_empty() { "/" } else { place };
        writeln!(text, "{}", printable(&format!("{change} meanwhile: {place}")))
            .expect("writing to a text doesn't fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_says_where_and_how() {
        let difference = |place: &str, change: &str| Difference { place: place.to_owned(), change: change.to_owned() };
        let text = differences(&[difference("/document/title", "changed"), difference("", "added")]);
        assert_eq!(text, "changed meanwhile: /document/title\nadded meanwhile: /\n");
    }
}
