use tombola_domain::terminal::obeys;

/// A text that somebody else wrote, as a line may hold it: without what a terminal would obey, the ends of lines among it, so that
/// it passes for no other line.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|one| if obeys(one) { char::REPLACEMENT_CHARACTER } else { one }).collect()
}

/// Lines in which texts of others may stand. Whatever is printed for people passes here.
pub(crate) fn printable_lines(text: &str) -> String {
    text.chars().map(|one| if obeys(one) && one != '\n' { char::REPLACEMENT_CHARACTER } else { one }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_to_obey() {
        let text = "a\u{1b}[2J\u{9b}\u{202e}b\r\nc é";
        assert_eq!(printable(text), "a\u{fffd}[2J\u{fffd}\u{fffd}b\u{fffd}\u{fffd}c é");
        assert_eq!(printable_lines(text), "a\u{fffd}[2J\u{fffd}\u{fffd}b\u{fffd}\nc é");
    }
}
