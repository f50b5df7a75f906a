//! What campaigns, prizes and SKUs are called. It goes into memory with each revision that is live, and out with each answer.

use super::Check;
use crate::finding::Code;

/// The longest title, in characters.
pub const TITLE_CHARS_MAX: usize = 200;

impl Check<'_> {
    /// The title, whose finding says what is wrong with it.
    pub(super) fn title(&mut self, title: &str, place: &str) -> String {
        if let Some((message, hint)) = mistake(title) {
            self.findings.add(Code::InvalidText, place, message, hint);
        }
        title.to_owned()
    }
}

fn mistake(title: &str) -> Option<(String, String)> {
    // Bytes first, which are no fewer than characters: a title may be as long as a document.
    let length = if title.len() > TITLE_CHARS_MAX { title.chars().count() } else { 0 };
    if length > TITLE_CHARS_MAX {
        let hint = format!("Say it in {TITLE_CHARS_MAX}; what else belongs to a prize may stand in its `data`.");
        return Some((format!("the title has {length} characters; {TITLE_CHARS_MAX} are allowed"), hint));
    }
    let (position, character) = title.chars().enumerate().find(|(_, character)| character.is_control())?;
    let message =
        format!("the title has the control character U+{:04X} as its character {}", u32::from(character), position + 1);
    Some((message, "Leave it out; a title is one line.".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line_of_bounded_length() {
        let check = |title: &str, expected: Option<&str>| {
            assert_eq!(mistake(title).map(|(message, _)| message).as_deref(), expected, "{title:?}");
        };
        check("", None);
        check("Spring raffle, \u{968f}\u{673a} \u{1f381}", None);
        check(&"\u{1f381}".repeat(200), None);
        check(&"x".repeat(201), Some("the title has 201 characters; 200 are allowed"));
        check(&"\u{e9}".repeat(1_000), Some("the title has 1000 characters; 200 are allowed"));
        check("a\nb", Some("the title has the control character U+000A as its character 2"));
        check("\u{e9}\u{85}", Some("the title has the control character U+0085 as its character 2"));
    }
}
