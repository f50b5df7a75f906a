//! The project speaks of itself alone: not of where it was written, by whom, or for which task.

use crate::tree::extension;
use crate::{Complaint, Tree};

/// Beginnings of paths that exist on one machine only.
const PLACES: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// No path of somebody's machine, anywhere.
pub fn no_places(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.files() {
        for (index, line) in text.lines().enumerate() {
            if let Some(place) = PLACES.iter().find(|place| names(line, place)) {
                complaints.push(Complaint::line(path, index, format!("{place} is a path of one machine")));
            }
        }
    }
    complaints
}

/// No word of tasks in documents and comments: they are about the product.
pub fn no_tasks(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.files() {
        let is_document = extension(path) == "md";
        for (index, line) in text.lines().enumerate() {
            let is_comment = extension(path) == "rs" && line.trim_start().starts_with("//");
            if (is_document || is_comment) && names_task(line) {
                complaints.push(Complaint::line(path, index, "name what it is about, not the task it came from"));
            }
        }
    }
    complaints
}

/// Whether `place` stands in `line` as the beginning of a path, not as a part of one.
fn names(line: &str, place: &str) -> bool {
    let is_beginning = |(at, _): (usize, &str)| {
        !line[..at].ends_with(|before: char| before.is_ascii_alphanumeric() || "._-/}*".contains(before))
    };
    line.match_indices(place).any(is_beginning)
}

fn names_task(line: &str) -> bool {
    let words: Vec<String> =
        line.split(|letter: char| !letter.is_alphanumeric() && letter != '#').map(str::to_lowercase).collect();
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_task =
        |word: &String| word == "session" || word == "sessions" || word.strip_prefix('#').is_some_and(is_number);
    let is_issue = |pair: &[String]| ["issue", "issues"].contains(&pair[0].as_str()) && is_number(&pair[1]);
    words.iter().any(is_task) || words.windows(2).any(is_issue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn places(complaints: &[Complaint], expected: &[&str]) {
        let found: Vec<_> = complaints.iter().map(|complaint| complaint.place.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn paths_of_a_machine_are_found() {
        let text = concat!("see /wo", "rk/main\nsee docs/wo", "rk/flow\n(/ho", "me/me)\n");
        places(&no_places(&Tree::of(&[("a.md", text)])), &["a.md:1", "a.md:3"]);
    }

    #[test]
    fn tasks_are_found_in_documents_and_comments() {
        let text =
            "As issue 7 says.\nFixed in #12.\nThe issue is closed.\n# 1 heading\nIn this session.\nsessionless\n";
        places(&no_tasks(&Tree::of(&[("a.md", text)])), &["a.md:1", "a.md:2", "a.md:5"]);
        let code = "// since issue 7\nlet x = \"#7\";\nlet session = 1;\n";
        places(&no_tasks(&Tree::of(&[("a.rs", code)])), &["a.rs:1"]);
    }
}
