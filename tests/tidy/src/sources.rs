//! Rust files: names, lengths, nothing left unfinished.

use crate::tree::extension;
use crate::{Complaint, Tree};

/// The longest file, in lines, tests not counted.
pub const FILE_LINES_MAX: usize = 400;
/// The longest function, in lines: what a screen holds.
pub const FUNCTION_LINES_MAX: usize = 70;

/// Something that may be longer than its like, until it is split.
#[derive(Debug, Clone, Copy)]
pub struct Exception {
    /// The file, or the file and the function's name with `::` between.
    pub name: &'static str,
    /// Lines that it may have.
    pub lines: usize,
    /// Why it is not split.
    pub reason: &'static str,
}

/// Files and functions over the bound. Never raise a number, never add a line without a reason that convinces.
pub const EXCEPTIONS: &[Exception] = &[];

/// A module is `name.rs` beside its folder `name/`.
pub fn no_mod_files(tree: &Tree) -> Vec<Complaint> {
    let files = tree.ending("/mod.rs");
    files.map(|(path, _)| Complaint::file(path, "a module is called name.rs, beside its folder name/")).collect()
}

/// What is not done yet is not in the tree.
pub fn nothing_unfinished(tree: &Tree) -> Vec<Complaint> {
    // Put together here, so that this file doesn't hold what it looks for.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("to", "do!"),
        concat!("unimple", "mented!"),
    ];
    let mut complaints = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| extension(path) != "lock") {
        for (index, line) in text.lines().enumerate() {
            if let Some(mark) = marks.iter().find(|mark| line.contains(**mark)) {
                complaints.push(Complaint::line(
                    path,
                    index,
                    format!("{mark}: finish it, or file it where work is kept"),
                ));
            }
        }
    }
    complaints
}

/// Files and functions keep their bounds, or stand among the exceptions.
pub fn lengths(tree: &Tree, exceptions: &[Exception]) -> Vec<Complaint> {
    let mut found = Vec::new();
    for (path, text) in tree.ending(".rs").filter(|(path, _)| !is_test(path)) {
        let text = without_tests(text);
        found.push((path.to_owned(), text.lines().count(), FILE_LINES_MAX));
        found.extend(functions(text).map(|(name, lines)| (format!("{path}::{name}"), lines, FUNCTION_LINES_MAX)));
    }
    let allowed = |name: &str| exceptions.iter().find(|exception| exception.name == name);
    let mut complaints = Vec::new();
    for (name, lines, most) in found.iter().filter(|(_, lines, most)| lines > most) {
        let most = allowed(name).map_or(*most, |exception| exception.lines);
        if *lines > most {
            complaints.push(Complaint::file(name, format!("{lines} lines; {most} are allowed")));
        }
    }
    for exception in exceptions {
        let is_needed = |(name, lines, most): &(String, usize, usize)| name == exception.name && lines > most;
        if !found.iter().any(is_needed) {
            complaints.push(Complaint::file(exception.name, "is listed as an exception and needs none; drop the line"));
        }
        if exception.reason.is_empty() {
            complaints.push(Complaint::file(exception.name, "is listed as an exception without a reason"));
        }
    }
    complaints
}

fn is_test(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// The text before the module of unit tests, which stands last.
fn without_tests(text: &str) -> &str {
    text.split_once("#[cfg(test)]\nmod tests {").map_or(text, |(before, _)| before)
}

/// Names and lengths of the functions, signatures included. The code is formatted, so a function ends at the first closing
/// brace that is indented like its beginning.
fn functions(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    (0..lines.len()).filter_map(move |start| {
        let name = function_name(lines[start])?;
        let indent = lines[start].len() - lines[start].trim_start().len();
        let is_end = |line: &&str| {
            let (before, after) = line.split_at_checked(indent).unwrap_or((line, ""));
            before.trim().is_empty() && (after == "}" || (after.ends_with(';') && !after.starts_with([' ', '}'])))
        };
        let is_whole = lines[start].ends_with([';', '}']);
        let rest = if is_whole { 0 } else { lines[start + 1..].iter().position(is_end)? + 1 };
        Some((name, rest + 1))
    })
}

/// The name of the function that begins on this line.
fn function_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let is_qualifier =
        |word: &&str| word.starts_with("pub") || ["const", "async", "unsafe", "in", "super)"].contains(word);
    words.find(|word| !is_qualifier(word)).filter(|word| *word == "fn")?;
    words.next()?.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(complaints: &[Complaint], expected: &[&str]) {
        let found: Vec<_> = complaints.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}");
        }
    }

    #[test]
    fn mod_files_are_found() {
        check(&no_mod_files(&Tree::of(&[("a/src/mod.rs", ""), ("a/src/model.rs", "")])), &["a/src/mod.rs"]);
    }

    #[test]
    fn unfinished_things_are_found() {
        let line = concat!("fn a() {\n    to", "do!()\n}\n");
        check(&nothing_unfinished(&Tree::of(&[("a.rs", line), ("b.rs", "// done\n")])), &["a.rs:2"]);
    }

    #[test]
    fn long_files_are_found_and_tests_not_counted() {
        let long = "// a line\n".repeat(FILE_LINES_MAX + 1);
        let mostly_tests = format!("fn a() {{}}\n\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
        let tree = Tree::of(&[("a/src/long.rs", &long), ("a/src/b.rs", &mostly_tests), ("a/src/tests.rs", &long)]);
        check(&lengths(&tree, &[]), &["a/src/long.rs: 401 lines; 400"]);
    }

    #[test]
    fn long_functions_are_found() {
        let body = "        step();\n".repeat(FUNCTION_LINES_MAX);
        let text = format!(
            "trait T {{\n    fn declared(\n        a: u8,\n    );\n}}\nimpl A {{\n    pub(crate) async fn long<T>(\n        a: T,\n    ) {{\n{body}    }}\n    fn short() {{}}\n}}\n"
        );
        check(&lengths(&Tree::of(&[("a.rs", &text)]), &[]), &["a.rs::long: 74 lines; 70"]);
    }

    #[test]
    fn exceptions_only_shrink() {
        let tree = Tree::of(&[("long.rs", &"// a line\n".repeat(450)), ("short.rs", "")]);
        let exception = |name, lines, reason| Exception { name, lines, reason };
        check(&lengths(&tree, &[exception("long.rs", 450, "one table")]), &[]);
        check(&lengths(&tree, &[exception("long.rs", 449, "one table")]), &["long.rs: 450 lines; 449"]);
        check(
            &lengths(&tree, &[exception("long.rs", 450, ""), exception("short.rs", 500, "was long")]),
            &["long.rs: is listed as an exception without", "short.rs: is listed as an exception and needs none"],
        );
    }
}
