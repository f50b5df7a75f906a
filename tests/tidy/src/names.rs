//! Names that operators meet: metrics, and variables of the environment. Each stands on the page on operating a host.

use crate::tree::extension;
use crate::{Complaint, Tree};

/// The page.
pub const PAGE: &str = "host/docs/operating.md";
/// How names of metrics and of variables begin.
const BEGINNINGS: [&str; 2] = ["tombola_", "TOMBOLA_"];

/// Every constant of the server's that is such a name stands on the page, between backquotes.
pub fn explained(tree: &Tree) -> Vec<Complaint> {
    let page = tree.text(PAGE).unwrap_or_default();
    let unexplained = defined(tree).filter(|(_, _, name)| !page.contains(&format!("`{name}`")));
    unexplained.map(|(path, index, name)| Complaint::line(path, index, format!("{name} is not in {PAGE}"))).collect()
}

/// Every name that the server defines, with the file and the index of the line that does.
pub(crate) fn defined(tree: &Tree) -> impl Iterator<Item = (&str, usize, &str)> {
    let files = tree.files().filter(|(path, _)| path.starts_with("host/") && extension(path) == "rs");
    files.flat_map(|(path, text)| {
        text.lines().enumerate().filter_map(move |(index, line)| name(line).map(|name| (path, index, name)))
    })
}

/// The name that a line defines. What ends in `_` is only the beginning of one.
fn name(line: &str) -> Option<&str> {
    let (defined, value) = line.split_once(": &str = \"")?;
    let value = value.strip_suffix("\";")?;
    let is_name = BEGINNINGS.iter().any(|beginning| value.starts_with(beginning)) && !value.ends_with('_');
    (defined.contains("const ") && is_name).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_stand_nowhere_are_found() {
        let code = "/// Draws.\npub const DRAWS: &str = \"tombola_draws_total\";\nconst FUEL: &str = \"tombola_fuel\";\n\
                    pub const URL: &str = \"TOMBOLA_URL\";\nconst PREFIX: &str = \"tombola_player_\";\n\
                    let name: &str = \"tombola_x\";\nconst OTHER: &str = \"other\";\n";
        let tree =
            Tree::of(&[(PAGE, "`tombola_draws_total`, tombola_fuel"), ("host/a.rs", code), ("rules/a.rs", code)]);
        let found: Vec<_> = explained(&tree).iter().map(ToString::to_string).collect();
        let expected = [
            "host/a.rs:3: tombola_fuel is not in host/docs/operating.md",
            "host/a.rs:4: TOMBOLA_URL is not in host/docs/operating.md",
        ];
        assert_eq!(found, expected);
    }
}
