//! Manifests: what each crate says of itself, and which of ours it may use.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::{Complaint, Tree};

/// Which of our crates each crate may use: `host/ARCHITECTURE.md` says the same in words. A `*` at the end of a name stands
/// for anything. What crates use in their tests is left to them, and crates of `tests/` may use all.
pub const MAY_USE: &[(&str, &[&str])] = &[
    ("tombola-domain", &[]),
    ("tombola-engine", &["tombola-domain"]),
    ("tombola-sandbox", &["tombola-domain", "tombola-engine"]),
    ("tombola-store", &["tombola-domain"]),
    ("tombola-store-sqlite", &["tombola-domain", "tombola-store"]),
    ("tombola-app", &["tombola-domain", "tombola-engine", "tombola-store"]),
    ("tombola-audit", &["tombola-domain", "tombola-engine", "tombola-store"]),
    ("tombola-http", &["tombola-app", "tombola-audit", "tombola-domain"]),
    ("tombola-authoring", &[]),
    // The binary: the only place that names adapters.
    (
        "tombola",
        &[
            "tombola-app",
            "tombola-audit",
            "tombola-authoring",
            "tombola-domain",
            "tombola-engine",
            "tombola-http",
            "tombola-sandbox",
            "tombola-standard-rules",
            "tombola-store",
            "tombola-store-sqlite",
        ],
    ),
    ("tombola-rule", &[]),
    ("tombola-rule-*", &["tombola-rule"]),
    ("tombola-standard-rules", &["tombola-authoring", "tombola-rule", "tombola-rule-*"]),
];

/// Every crate says what it is for, takes the workspace's lints, and is called after the product.
pub fn describe_themselves(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for krate in crates(tree, &mut complaints) {
        let package = &krate.manifest["package"];
        let is_described = package.get("description").and_then(Value::as_str).is_some_and(|text| text.ends_with('.'));
        let takes_lints =
            krate.manifest.get("lints").and_then(|lints| lints.get("workspace")) == Some(&Value::Boolean(true));
        let checks = [
            (is_described, "package.description is a sentence that says what the crate is for"),
            (takes_lints, "write `[lints]` with `workspace = true`"),
            (krate.name == "tombola" || krate.name.starts_with("tombola-"), "package names carry the product's name"),
        ];
        let failed = checks.iter().filter(|(holds, _)| !holds);
        complaints.extend(failed.map(|(_, message)| Complaint::file(&krate.path, *message)));
    }
    complaints
}

/// Arrows between crates point one way.
pub fn directions(tree: &Tree, may_use: &[(&str, &[&str])]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let crates = crates(tree, &mut complaints);
    let ours: BTreeSet<&str> = crates.iter().map(|krate| krate.name.as_str()).collect();
    for krate in crates.iter().filter(|krate| !krate.path.starts_with("tests/")) {
        let row = may_use.iter().find(|(name, _)| stands_for(name, &krate.name)).map(|(_, allowed)| *allowed);
        let Some(allowed) = row else {
            complaints.push(Complaint::file(&krate.path, "say in the table of directions what this crate may use"));
            continue;
        };
        let is_allowed = |used: &str| allowed.iter().any(|name| stands_for(name, used));
        for used in krate.uses().filter(|used| ours.contains(used) && !is_allowed(used)) {
            complaints.push(Complaint::file(&krate.path, format!("{} may not use {used}", krate.name)));
        }
    }
    let gone = may_use.iter().filter(|(name, _)| !ours.iter().any(|krate| stands_for(name, krate)));
    complaints.extend(gone.map(|(name, _)| Complaint::file(name, "is in the table of directions and not in the tree")));
    complaints
}

fn stands_for(name: &str, krate: &str) -> bool {
    name == krate || name.strip_suffix('*').is_some_and(|beginning| krate.starts_with(beginning))
}

/// A dependency stands once, in the root manifest, with what it is for.
pub fn dependencies_are_explained(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let root = tree.text("Cargo.toml").unwrap_or_default();
    let shared = root.lines().enumerate().skip_while(|(_, line)| *line != "[workspace.dependencies]").skip(1);
    for (index, line) in shared.take_while(|(_, line)| !line.starts_with('[')) {
        let is_dependency = !line.is_empty() && !line.starts_with('#');
        // Our own say it in their own manifests.
        if is_dependency && !line.contains("path = ") && !line.contains(" # ") {
            complaints.push(Complaint::line("Cargo.toml", index, "say in a comment what it is for"));
        }
    }
    for krate in crates(tree, &mut complaints) {
        for (name, dependency) in krate.dependencies(&["dependencies", "build-dependencies", "dev-dependencies"]) {
            if dependency.get("workspace") != Some(&Value::Boolean(true)) {
                complaints.push(Complaint::file(&krate.path, format!("take {name} from the workspace")));
            }
        }
    }
    complaints
}

struct Crate {
    path: String,
    name: String,
    manifest: Table,
}

impl Crate {
    /// The crates that end up in what this one builds. Tests may use what they like.
    fn uses(&self) -> impl Iterator<Item = &str> {
        self.dependencies(&["dependencies", "build-dependencies"]).map(|(name, _)| name)
    }

    /// Under the names that stand in `sections`, here and under `target.*`.
    fn dependencies(&self, sections: &'static [&str]) -> impl Iterator<Item = (&str, &Value)> {
        let targets = self.manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
        let tables = std::iter::once(&self.manifest).chain(targets.filter_map(Value::as_table));
        tables
            .flat_map(|table| sections.iter().filter_map(|section| table.get(*section)?.as_table()))
            .flatten()
            .map(|(name, value)| (name.as_str(), value))
    }
}

/// Every package below the root. A manifest that can't be read is a complaint.
fn crates(tree: &Tree, complaints: &mut Vec<Complaint>) -> Vec<Crate> {
    let mut crates = Vec::new();
    for (path, text) in tree.ending("/Cargo.toml") {
        match text.parse::<Table>() {
            Err(error) => complaints.push(Complaint::file(path, error.message())),
            Ok(manifest) => {
                let name = manifest.get("package").and_then(|package| package.get("name")?.as_str()).map(str::to_owned);
                crates.extend(name.map(|name| Crate { path: path.to_owned(), name, manifest }));
            }
        }
    }
    crates
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"tombola-a\"\ndescription = \"It is good.\"\n[lints]\nworkspace = true\n";

    #[track_caller]
    fn check(complaints: &[Complaint], expected: &[&str]) {
        let found: Vec<_> = complaints.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn crates_describe_themselves() {
        let bad = "[package]\nname = \"b\"\n[lints.rust]\nunsafe_code = \"allow\"\n";
        check(
            &describe_themselves(&Tree::of(&[("a/Cargo.toml", GOOD), ("b/Cargo.toml", bad)])),
            &[
                "b/Cargo.toml: package.description is a sentence that says what the crate is for",
                "b/Cargo.toml: write `[lints]` with `workspace = true`",
                "b/Cargo.toml: package names carry the product's name",
            ],
        );
    }

    #[test]
    fn arrows_point_one_way() {
        let crate_of = |name: &str, rest: &str| format!("[package]\nname = \"{name}\"\n{rest}");
        let below = crate_of("tombola-below", "[target.'cfg(unix)'.dependencies]\ntombola-above.workspace = true\n");
        let above =
            crate_of("tombola-above", "[dependencies]\ntombola-below.workspace = true\nserde.workspace = true\n");
        let rule = crate_of("tombola-rule-x", "[dev-dependencies]\ntombola-above.workspace = true\n");
        let other = crate_of("tombola-rule-y", "[dependencies]\ntombola-rule-x.workspace = true\n");
        let tree = Tree::of(&[
            ("above/Cargo.toml", &above),
            ("below/Cargo.toml", &below),
            ("new/Cargo.toml", &crate_of("tombola-new", "")),
            ("rules/x/Cargo.toml", &rule),
            ("rules/y/Cargo.toml", &other),
        ]);
        let may_use: &[(&str, &[&str])] = &[
            ("tombola-above", &["tombola-below"]),
            ("tombola-below", &[]),
            ("tombola-gone", &[]),
            ("tombola-rule-*", &[]),
        ];
        check(
            &directions(&tree, may_use),
            &[
                "below/Cargo.toml: tombola-below may not use tombola-above",
                "new/Cargo.toml: say in the table of directions what this crate may use",
                "rules/y/Cargo.toml: tombola-rule-y may not use tombola-rule-x",
                "tombola-gone: is in the table of directions and not in the tree",
            ],
        );
    }

    #[test]
    fn dependencies_say_what_they_are_for() {
        let root = "[workspace.dependencies]\ntombola-a = { path = \"a\" }\n# Wire.\nserde = \"1\"\nhex = \"1\" # names\n[profile.dev]\ndebug = true\n";
        let own = format!("{GOOD}[dependencies]\nhex = \"1\"\nserde.workspace = true\n");
        check(
            &dependencies_are_explained(&Tree::of(&[("Cargo.toml", root), ("a/Cargo.toml", &own)])),
            &["Cargo.toml:4: say in a comment what it is for", "a/Cargo.toml: take hex from the workspace"],
        );
    }
}
