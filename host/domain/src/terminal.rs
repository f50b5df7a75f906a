//! Texts of others on a terminal.

/// Whether a terminal obeys this character instead of showing it, or turns around what follows: all controls, the end of a line
/// among them, and the marks of direction. Whoever shows a text that somebody else wrote replaces these.
pub fn obeys(one: char) -> bool {
    one.is_control()
        || matches!(one, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_and_marks_of_direction_are_obeyed() {
        for one in
            ['\n', '\r', '\0', '\u{7f}', '\u{1b}', '\u{9b}', '\u{61c}', '\u{200e}', '\u{2028}', '\u{202e}', '\u{2069}']
        {
            assert!(obeys(one), "{one:?}");
        }
        for one in [' ', 'a', 'é', '中', '\u{200d}', '\u{fffd}'] {
            assert!(!obeys(one), "{one:?}");
        }
    }
}
