//! The page on importing lists every kind of note, and every table that is read.

use tombola_import::big_market::Code;

const PAGE: &str = include_str!("../../../host/docs/import.md");

#[test]
fn every_note_is_listed() {
    for code in Code::ALL {
        let line = format!("| `{code}` | {} |", code.meaning());
        assert!(PAGE.contains(&line), "{line}");
    }
    let listed = PAGE.split("## Notes").nth(1).unwrap().lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(listed, Code::ALL.len());
}
