use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Gives at most so many bytes at once.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.1.min(buffer.len()).min(self.0.len());
        let (given, rest) = self.0.split_at(length);
        buffer[..length].copy_from_slice(given);
        self.0 = rest;
        Ok(length)
    }
}

fn cut(text: &[u8], at_once: usize, bytes_max: usize) -> Vec<Piece> {
    let records = Records { bytes_max, ..Records::new(Slow(text, at_once)) };
    records.map(|piece| piece.expect("it can be read")).collect()
}

/// What a text is cut into, `!` before a reason for what is no record, however few bytes come at a time.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    for at_once in [1, 2, 7, 1_000] {
        let pieces = cut(text.as_bytes(), at_once, 24);
        let told = pieces.into_iter().map(|piece| match piece {
            Piece::Record(record) => String::from_utf8(record).unwrap(),
            Piece::Damaged(Damage { from, to, reason }) => format!("!{from}-{to} {reason:?}"),
        });
        assert_eq!(told.collect::<Vec<_>>(), expected, "{at_once} at once");
    }
}

#[test]
fn records_are_cut_where_they_end() {
    check("", &[]);
    check(" \n", &[]);
    check("{}\n{\"a\": 1} {\"b\":\n{}}", &["{}", "{\"a\": 1}", "{\"b\":\n{}}"]);
    check(r#"{"a}\"}": "\\"}{}"#, &[r#"{"a}\"}": "\\"}"#, "{}"]);
    check("{\"a\": [\n{\n},\n{}\n]\n}\n{}", &["{\"a\": [\n{\n},\n{}\n]\n}", "{}"]);
}

#[test]
fn what_is_no_record_harms_no_other() {
    check("no", &["!0-2 NoObject"]);
    check("{} [1]\n{}", &["{}", "!3-7 NoObject", "{}"]);
    check("{} {\"a", &["{}", "!3-6 Torn"]);
    // A quote, a brace, and a line's end that are something else.
    check("{\"a: 1}\n{\"b\": 2}\n", &["!0-8 BrokenText", "{\"b\": 2}"]);
    check("{\"a\": {}\n{\"b\": 2}\n{}", &["!0-9 Torn", "{\"b\": 2}", "{}"]);
    check("{\"a\": }}\n{\"b\": 2}\n{}", &["{\"a\": }", "!7-9 NoObject", "{\"b\": 2}", "{}"]);
    check("{\"a\": 1}x{}\n{\"b\": 2}", &["{\"a\": 1}", "!8-12 NoObject", "{\"b\": 2}"]);
    check("{\"a\": {}\n{\"b\"}}\n{}", &["!0-9 NoJson", "{\"b\"}", "!14-16 NoObject", "{}"]);
    let long = format!("{{\"a\": \"{}\"}}", "a".repeat(15));
    check(&long, &[&long]);
    check(&format!("{long}{{\"b\": \"{}\"}}\n{{}}", "a".repeat(16)), &[&long, "!24-50 TooLong(24)", "{}"]);
    let deep = cut("{".repeat(DEPTH_MAX + 1).as_bytes(), 7, 1_000);
    assert_eq!(deep, [Piece::Damaged(Damage { from: 0, to: 65, reason: Reason::TooDeep })]);
}

/// What files are made of, and what they may be made into.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&str] =
        &["{", "}", "\"", "\\", "\n", "{}", "\n{", "\n{}", "{\"a\": \"{\\\"\"}\n", " ", "x", "\u{ff}"];
    vec(prop::sample::select(PIECES), 0..200).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    /// Every byte is in one piece or blank, whatever the file holds, and pieces stand in the order of the file.
    #[test]
    fn a_file_is_cut_to_its_end(text in bytes(), at_once in 1_usize..300, bytes_max in 1_usize..60) {
        let mut at = 0;
        for piece in cut(&text, at_once, bytes_max) {
            let blank = text[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            at += blank;
            match piece {
                Piece::Record(record) => {
                    prop_assert!(text[at..].starts_with(&record) && record.len() <= bytes_max);
                    at += record.len();
                }
                Piece::Damaged(Damage { from, to, .. }) => {
                    prop_assert_eq!(from, at as u64);
                    prop_assert!(to > from);
                    at = usize::try_from(to).unwrap();
                }
            }
        }
        prop_assert!(text[at..].iter().all(u8::is_ascii_whitespace));
    }

    /// One byte that is altered in a file of lines costs its record, or that and the one behind where it was the line's end.
    #[test]
    fn an_altered_byte_costs_no_other_record(lines in 2_usize..20, place in any::<prop::sample::Index>(), byte: u8) {
        let line = |number: usize| format!("{{\"number\": {number}, \"of\": {{\"text\": \"a \\\"b\\\" {{c}}\"}}}}\n");
        let mut text: Vec<u8> = (0..lines).flat_map(|number| line(number).into_bytes()).collect();
        let place = place.index(text.len());
        text[place] = byte;
        let pieces = cut(&text, 100, 1_000);
        let kept = |number: usize| pieces.contains(&Piece::Record(line(number).trim_end().into()));
        let lost = (0..lines).filter(|number| !kept(*number)).count();
        prop_assert!(lost <= 2, "{lost} of {lines}: {}", String::from_utf8_lossy(&text));
    }
}
