//! Links between documents lead somewhere.

use crate::{Complaint, Tree};

/// Every relative link of a Markdown file leads to a file or folder of the tree, and its fragment to a heading there.
pub fn resolve(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.ending(".md") {
        for (index, line) in prose(text) {
            for link in links(line).filter(|link| !is_elsewhere(link)) {
                complaints.extend(broken(tree, path, link).map(|message| Complaint::line(path, index, message)));
            }
        }
    }
    complaints
}

/// Lines outside of code blocks, with their indices.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

/// What stands in `](…)`, code spans left aside.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link)
}

fn is_elsewhere(link: &str) -> bool {
    link.contains("://") || link.starts_with("mailto:")
}

fn broken(tree: &Tree, from: &str, link: &str) -> Option<String> {
    let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() { from.to_owned() } else { joined(from, file) };
    if !tree.has(&target) {
        return Some(format!("the link {link} leads nowhere"));
    }
    let headings = tree.text(&target).filter(|_| !fragment.is_empty())?;
    let is_there = prose(headings).any(|(_, line)| line.starts_with('#') && anchor(line) == fragment);
    (!is_there).then(|| format!("the link {link} leads to no heading"))
}

/// `file` as seen from the folder of `from`.
fn joined(from: &str, file: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// The name under which a heading is reached.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
        .collect::<String>()
        .replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_nowhere_are_found() {
        let text = "# The `house`, then\n[a](b.md) [b](../c/) [c](https://x.y/z) [d](#the-house-then) [e](b.md#two)\n\
                    ```\n[not](a-link)\n```\n[f](gone.md), [g](b.md#three)\n[h](#four) [i](../gone/)\n";
        let tree = Tree::of(&[("docs/a.md", text), ("docs/b.md", "## Two\n"), ("c/d.rs", "")]);
        let found: Vec<_> = resolve(&tree).iter().map(ToString::to_string).collect();
        let expected = [
            "docs/a.md:6: the link gone.md leads nowhere",
            "docs/a.md:6: the link b.md#three leads to no heading",
            "docs/a.md:7: the link #four leads to no heading",
            "docs/a.md:7: the link ../gone/ leads nowhere",
        ];
        assert_eq!(found, expected);
    }
}
