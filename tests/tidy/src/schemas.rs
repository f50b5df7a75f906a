//! Types of which the HTTP API's description tells. It has one of each name, and of two the last one wins silently.

use std::collections::BTreeMap;

use crate::tree::extension;
use crate::{Complaint, Tree};

/// No two types of the server's that derive `ToSchema` are described under one name.
pub fn names_are_unique(tree: &Tree) -> Vec<Complaint> {
    let (mut first, mut complaints) = (BTreeMap::<&str, &str>::new(), Vec::new());
    for (path, text) in tree.files().filter(|(path, _)| path.starts_with("host/") && extension(path) == "rs") {
        for (index, name) in described(text) {
            if let Some(other) = first.insert(name, path) {
                let remedy = format!("{other} describes a type as {name} too; give one `#[schema(as = …)]`");
                complaints.push(Complaint::line(path, index, remedy));
            }
        }
    }
    complaints
}

/// The names under which a file's types are described, with their lines.
fn described(text: &str) -> Vec<(usize, &str)> {
    let (mut found, mut is_described, mut renamed) = (Vec::new(), false, None);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("#[derive(") {
            (is_described, renamed) = (line.contains("ToSchema"), None);
        } else if let Some(name) = line.strip_prefix("#[schema(as = ") {
            renamed = Some(name.trim_end_matches([')', ']']));
        } else if let Some(declared) = declared(line).filter(|_| is_described) {
            found.push((index, renamed.unwrap_or(declared)));
            is_described = false;
        }
    }
    found
}

/// The name of the type that a line declares.
fn declared(line: &str) -> Option<&str> {
    let mut words = line.split(|one: char| !one.is_alphanumeric() && one != '_').filter(|word| !word.is_empty());
    words.find(|word| matches!(*word, "struct" | "enum"))?;
    words.next().filter(|_| !line.starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_one_name_are_found() {
        let first = "/// What is bought.\n#[derive(Debug, ToSchema)]\n#[serde(deny_unknown_fields)]\npub(crate) struct Body {\n";
        let again = "#[derive(ToSchema)]\nstruct Body;\n#[derive(Debug)]\nenum Line {}\n";
        let other =
            "#[derive(ToSchema)]\n#[schema(as = OrderWish)]\nstruct Body;\n#[derive(ToSchema)]\nenum Page<T> {}\n";
        let tree = Tree::of(&[("host/a.rs", first), ("host/b.rs", again), ("host/c.rs", other), ("tests/d.rs", first)]);
        let found: Vec<_> = names_are_unique(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["host/b.rs:2: host/a.rs describes a type as Body too; give one `#[schema(as = …)]`"]);
    }
}
