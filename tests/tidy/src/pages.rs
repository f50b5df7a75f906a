//! Error pages: every code that an operator or a client may meet has one, and every page has a code.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Complaint, Tree};

/// Where pages stand.
pub const PAGES: &str = "host/docs/errors/";

/// A part of a source file that names codes: every string in it that looks like one (lower-case words, with hyphens between them).
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// The file.
    pub file: &'static str,
    /// The line after which it begins.
    pub begins: &'static str,
    /// The line with which it ends.
    pub ends: &'static str,
}

/// Where codes come from. To add a place: a line here.
pub const SOURCES: &[Source] = &[
    Source { file: "host/engine/src/finding.rs", begins: "codes! {", ends: "}" },
    Source {
        file: "host/app/src/error/code.rs",
        begins: "    pub const fn code(&self) -> &'static str {",
        ends: "    }",
    },
    Source {
        file: "host/app/src/error/code.rs",
        begins: "const fn of_store(error: &StoreError) -> &'static str {",
        ends: "}",
    },
    Source {
        file: "host/app/src/error/code.rs",
        begins: "const fn exhausted(reason: Exhausted) -> &'static str {",
        ends: "}",
    },
    Source {
        file: "host/app/src/error/full.rs",
        begins: "    pub const fn code(&self) -> &'static str {",
        ends: "    }",
    },
    Source {
        file: "host/app/src/admission.rs",
        begins: "    pub const fn code(&self) -> &'static str {",
        ends: "    }",
    },
    Source { file: "host/app/src/chances.rs", begins: "    pub const fn code(&self) -> &'static str {", ends: "    }" },
    Source { file: "host/app/src/events.rs", begins: "    pub const fn code(&self) -> &'static str {", ends: "    }" },
    Source { file: "host/app/src/feed.rs", begins: "    pub const fn code(&self) -> &'static str {", ends: "    }" },
    Source { file: "host/app/src/holds.rs", begins: "    pub const fn code(&self) -> &'static str {", ends: "    }" },
    Source {
        file: "host/app/src/events/reversal.rs",
        begins: "    pub const fn code(&self) -> &'static str {",
        ends: "    }",
    },
    Source {
        file: "host/http/src/problem.rs",
        begins: "    pub const fn as_str(self) -> &'static str {",
        ends: "    }",
    },
];

/// One page for each code, one code for each page, and all of them in the index.
pub fn match_codes(tree: &Tree, sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut codes = BTreeMap::new();
    for source in sources {
        let found = codes_of(source, tree.text(source.file).unwrap_or_default());
        if found.is_empty() {
            complaints.push(Complaint::file(source.file, "no codes were found here; mend the list of sources"));
        }
        codes.extend(found.into_iter().map(|code| (code, source.file)));
    }
    for (code, file) in &codes {
        match tree.text(&format!("{PAGES}{code}.md")) {
            None => complaints.push(Complaint::file(file, format!("the code {code} has no page {PAGES}{code}.md"))),
            Some(page) => complaints.extend(about_page(code, page)),
        }
    }
    let index = tree.text(&format!("{PAGES}README.md")).unwrap_or_default();
    for (path, _) in tree.ending(".md").filter(|(path, _)| path.starts_with(PAGES) && !path.ends_with("/README.md")) {
        let code = path.trim_start_matches(PAGES).trim_end_matches(".md");
        if !codes.contains_key(code) {
            complaints.push(Complaint::file(path, "nothing has this code"));
        }
        if !index.contains(&format!("[`{code}`]({code}.md)")) {
            complaints.push(Complaint::file(path, "is not in the index beside it"));
        }
    }
    complaints
}

fn about_page(code: &str, page: &str) -> Option<Complaint> {
    let path = format!("{PAGES}{code}.md");
    if !page.starts_with(&format!("# `{code}`")) {
        return Some(Complaint::file(&path, "the title begins with the code in backquotes"));
    }
    let parts = ["## What happened", "## What to do"];
    let missing = parts.iter().find(|part| !page.contains(*part))?;
    Some(Complaint::file(&path, format!("the part '{missing}' is missing")))
}

fn codes_of<'t>(source: &Source, text: &'t str) -> BTreeSet<&'t str> {
    let part = text.lines().skip_while(|line| *line != source.begins).skip(1).take_while(|line| *line != source.ends);
    part.flat_map(|line| line.split('"').skip(1).step_by(2)).filter(|text| is_code(text)).collect()
}

fn is_code(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.split('-').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: Source = Source { file: "codes.rs", begins: "codes! {", ends: "}" };

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let complaints = match_codes(&Tree::of(files), &[SOURCE]);
        let found: Vec<_> = complaints.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    const CODES: (&str, &str) = (
        "codes.rs",
        "let x = \"not-one\";\ncodes! {\n    A \"odds-sum\" Error \"Shares don't sum.\"\n}\n\"nor-this\"\n",
    );
    const PAGE: &str = "# `odds-sum`: shares\n\n## What happened\n\n## What to do\n";

    #[test]
    fn pages_and_codes_match() {
        let index = ("host/docs/errors/README.md", "[`odds-sum`](odds-sum.md)");
        check(&[CODES, index, ("host/docs/errors/odds-sum.md", PAGE)], &[]);
        check(&[CODES, index], &["codes.rs: the code odds-sum has no page host/docs/errors/odds-sum.md"]);
        check(
            &[CODES, ("host/docs/errors/odds-sum.md", "# Odds"), ("host/docs/errors/old-one.md", PAGE)],
            &[
                "host/docs/errors/odds-sum.md: the title begins with the code in backquotes",
                "host/docs/errors/odds-sum.md: is not in the index beside it",
                "host/docs/errors/old-one.md: nothing has this code",
                "host/docs/errors/old-one.md: is not in the index beside it",
            ],
        );
        check(
            &[CODES, index, ("host/docs/errors/odds-sum.md", "# `odds-sum`\n## What happened\n")],
            &["host/docs/errors/odds-sum.md: the part '## What to do' is missing"],
        );
    }

    #[test]
    fn a_source_that_moved_is_noticed() {
        check(&[], &["codes.rs: no codes were found here; mend the list of sources"]);
    }
}
