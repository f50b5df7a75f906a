//! Manifests: what each crate says of itself, and which of ours it may use.

use toml::{Table, Value};

use crate::{Complaint, Tree};

/// The page whose table says which of our crates each crate may use.
pub const PAGE: &str = "host/ARCHITECTURE.md";
/// How the first line of that table begins.
const TABLE: &str = "| crate |";

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

/// Arrows between crates point one way, as the table of [`PAGE`] says, and none leads into `tests/` from elsewhere. What crates use in
/// their tests is left to them.
pub fn directions(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let crates = crates(tree, &mut complaints);
    let rows = rows(tree.text(PAGE).unwrap_or_default());
    for krate in &crates {
        // A row for one crate counts before one for its whole folder.
        let fitting = rows.iter().filter(|(folder, _)| stands_for(folder, krate.folder()));
        let Some((_, allowed)) = fitting.min_by_key(|(folder, _)| folder.ends_with('*')) else {
            complaints
                .push(Complaint::file(&krate.path, format!("say in the table of {PAGE} what this crate may use")));
            continue;
        };
        let is_allowed = |used: &Crate| {
            (krate.is_of_tests() || !used.is_of_tests())
                && allowed.iter().any(|folder| stands_for(folder, used.folder()))
        };
        let used = krate.uses().filter_map(|name| crates.iter().find(|other| other.name == name));
        for used in used.filter(|used| !is_allowed(used)) {
            complaints.push(Complaint::file(&krate.path, format!("{} may not use {}", krate.name, used.name)));
        }
    }
    let gone = rows.iter().filter(|(folder, _)| !tree.has(folder.trim_end_matches("/*")));
    complaints.extend(gone.map(|(folder, _)| Complaint::file(PAGE, format!("{folder} is not in the tree"))));
    complaints
}

/// Of each row of the table, the folder of the crate and those of the crates that it may use. A `*` at the end stands for
/// anything.
fn rows<'p>(page: &'p str) -> Vec<(&'p str, Vec<String>)> {
    let lines =
        page.lines().skip_while(|line| !line.starts_with(TABLE)).skip(2).take_while(|line| line.starts_with('|'));
    let row = |line: &'p str| {
        let mut cells = line.split('|').skip(1).map(str::trim);
        let (folder, used) = (cells.next()?.trim_matches('`'), cells.nth(1)?);
        Some((folder, used.split(", ").filter_map(in_folder).collect()))
    };
    lines.filter_map(row).collect()
}

/// The folder of what the table calls so.
fn in_folder(name: &str) -> Option<String> {
    match name {
        "–" => None,
        "all" => Some("*".to_owned()),
        "the SDK" => Some("guest-sdk/rust".to_owned()),
        "the rules" => Some("rules/*".to_owned()),
        name => Some(format!("host/{name}")),
    }
}

fn stands_for(folder: &str, other: &str) -> bool {
    folder == other || folder.strip_suffix('*').is_some_and(|beginning| other.starts_with(beginning))
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
    fn folder(&self) -> &str {
        self.path.trim_end_matches("/Cargo.toml")
    }

    fn is_of_tests(&self) -> bool {
        self.path.starts_with("tests/")
    }

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
        let uses = |name: &str| format!("[dependencies]\n{name}.workspace = true\nserde.workspace = true\n");
        let below = crate_of("tombola-below", "[target.'cfg(unix)'.dependencies]\ntombola-above.workspace = true\n");
        let tests = crate_of("tombola-rule-x", "[dev-dependencies]\ntombola-above.workspace = true\n");
        let page = "| crate | its one purpose | may use of ours | never |\n|---|---|---|---|\n\
                    | `host/above` | a | below | b |\n| `host/below` | a | – | b |\n| `host/gone` | a | – | b |\n\
                    | `host/program` | a | all | b |\n\
                    | `rules/*` | a | the SDK | b |\n| `rules/bundle` | a | the rules, the SDK | b |\n\
                    | `tests/load` | a | all | b |\n\n| `host/new` | no row | – | b |\n";
        let tree = Tree::of(&[
            (PAGE, page),
            ("host/above/Cargo.toml", &crate_of("tombola-above", &uses("tombola-below"))),
            ("host/below/Cargo.toml", &below),
            ("host/new/Cargo.toml", &crate_of("tombola-new", "")),
            (
                "host/program/Cargo.toml",
                &crate_of("tombola", &format!("{}tombola-load.path = \"\"\n", uses("tombola-new"))),
            ),
            ("rules/bundle/Cargo.toml", &crate_of("tombola-bundle", &uses("tombola-rule-x"))),
            ("rules/x/Cargo.toml", &tests),
            ("rules/y/Cargo.toml", &crate_of("tombola-rule-y", &uses("tombola-rule-x"))),
            ("tests/load/Cargo.toml", &crate_of("tombola-load", &uses("tombola-new"))),
        ]);
        check(
            &directions(&tree),
            &[
                "host/below/Cargo.toml: tombola-below may not use tombola-above",
                "host/new/Cargo.toml: say in the table of host/ARCHITECTURE.md what this crate may use",
                "host/program/Cargo.toml: tombola may not use tombola-load",
                "rules/y/Cargo.toml: tombola-rule-y may not use tombola-rule-x",
                "host/ARCHITECTURE.md: host/gone is not in the tree",
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
