//! Alerts: each asks for figures that a host tells, fires in a test, and leads whoever it wakes to a page.

use std::collections::BTreeSet;

use crate::names::{self, PAGE};
use crate::{Complaint, Tree};

/// Where alerts stand.
pub const ALERTS: &str = "host/deploy/alerts.yaml";
/// Where it is tested that they fire.
pub const TESTS: &str = "host/deploy/alerts.test.yaml";
/// Where pages stand.
pub const PAGES: &str = "host/docs/runbook/";

/// What each page has.
const PARTS: [&str; 4] = ["## What it means", "## What to look at", "## What to do", "## When it is over"];
/// What Prometheus makes of a histogram.
const HISTOGRAM_ENDS: [&str; 3] = ["_bucket", "_sum", "_count"];

/// One page for each alert, one alert for each page, all of them in the index; and each is tested.
pub fn match_pages(tree: &Tree) -> Vec<Complaint> {
    let text = tree.text(ALERTS).unwrap_or_default();
    let alerts: BTreeSet<_> = values(text, "- alert: ").collect();
    let (tests, index) =
        (tree.text(TESTS).unwrap_or_default(), tree.text(&format!("{PAGES}README.md")).unwrap_or_default());
    let mut complaints = Vec::new();
    for alert in &alerts {
        let page = format!("{PAGES}{alert}.md");
        if !values(text, "runbook_url: ").any(|url| url == page) {
            complaints.push(Complaint::file(ALERTS, format!("no alert leads to {page}")));
        }
        if !fires(tests, alert) {
            complaints.push(Complaint::file(TESTS, format!("{alert} fires nowhere")));
        }
        complaints.extend(about_page(alert, &page, tree.text(&page).unwrap_or_default()));
    }
    for (path, _) in tree.ending(".md").filter(|(path, _)| path.starts_with(PAGES) && !path.ends_with("/README.md")) {
        let alert = path.trim_start_matches(PAGES).trim_end_matches(".md");
        if !alerts.contains(alert) {
            complaints.push(Complaint::file(path, "there is no such alert"));
        }
        if !index.contains(&format!("[`{alert}`]({alert}.md)")) {
            complaints.push(Complaint::file(path, "is not in the index beside it"));
        }
    }
    complaints
}

/// Every metric that an alert or a page of the runbook names is one of the server's, with its name in a constant.
pub fn ask_for_metrics(tree: &Tree) -> Vec<Complaint> {
    let told: BTreeSet<_> = names::defined(tree).map(|(_, _, name)| name).collect();
    let mut complaints = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| *path == ALERTS || path.starts_with(PAGES)) {
        for (index, line) in text.lines().enumerate() {
            let unknown = metrics(line).filter(|name| !told.contains(of_histogram(name)) && !told.contains(name));
            complaints
                .extend(unknown.map(|name| Complaint::line(path, index, format!("nothing tells {name}; see {PAGE}"))));
        }
    }
    complaints
}

fn about_page(alert: &str, path: &str, page: &str) -> Option<Complaint> {
    if !page.starts_with(&format!("# `{alert}`")) {
        return Some(Complaint::file(
            path,
            "the page is missing, or its title does not begin with the alert in backquotes",
        ));
    }
    let missing = PARTS.iter().find(|part| !page.contains(*part))?;
    Some(Complaint::file(path, format!("the part '{missing}' is missing")))
}

/// Whether a test expects it to.
fn fires(tests: &str, alert: &str) -> bool {
    let mut rest = tests.split("alertname: ").skip(1);
    rest.any(|test| test.lines().next() == Some(alert) && test.contains("- exp_labels:"))
}

/// What stands behind a key, line by line.
fn values<'t>(text: &'t str, key: &'t str) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| line.trim_start().strip_prefix(key))
}

/// The words of a line that are names of metrics.
fn metrics(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    words.filter(|word| word.starts_with("tombola_"))
}

fn of_histogram(name: &str) -> &str {
    HISTOGRAM_ENDS.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# `Late`: late\n## What it means\n## What to look at\n## What to do\n## When it is over\n";

    #[track_caller]
    fn check(rule: impl Fn(&Tree) -> Vec<Complaint>, files: &[(&str, &str)], expected: &[&str]) {
        let found: Vec<_> = rule(&Tree::of(files)).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn pages_and_alerts_match() {
        let alerts = (ALERTS, "  - alert: Late\n    annotations:\n      runbook_url: host/docs/runbook/Late.md\n");
        let tests = (TESTS, "- alertname: Late\n  exp_alerts:\n    - exp_labels: {}\n");
        let (page, index) = ("host/docs/runbook/Late.md", ("host/docs/runbook/README.md", "[`Late`](Late.md)"));
        check(match_pages, &[alerts, tests, index, (page, GOOD)], &[]);
        check(
            match_pages,
            &[(ALERTS, "  - alert: Late\n"), (TESTS, "- {alertname: Late, exp_alerts: []}\n"), (page, "# `Late`\n")],
            &[
                "host/deploy/alerts.yaml: no alert leads to host/docs/runbook/Late.md",
                "host/deploy/alerts.test.yaml: Late fires nowhere",
                "host/docs/runbook/Late.md: the part '## What it means' is missing",
                "host/docs/runbook/Late.md: is not in the index beside it",
            ],
        );
        check(match_pages, &[index, (page, GOOD)], &["host/docs/runbook/Late.md: there is no such alert"]);
    }

    #[test]
    fn figures_that_nobody_tells_are_found() {
        let code = "const SECONDS: &str = \"tombola_commit_seconds\";\nconst DEAD: &str = \"tombola_dead_count\";\n";
        let alerts = "expr: rate(tombola_commit_seconds_bucket{of=\"draws\"}[5m]) > 0\nexpr: tombola_dead_count > tombola_gone\n";
        check(
            ask_for_metrics,
            &[("host/a.rs", code), (ALERTS, alerts), ("host/docs/runbook/Late.md", "`tombola_late`")],
            &[
                "host/deploy/alerts.yaml:2: nothing tells tombola_gone; see host/docs/operating.md",
                "host/docs/runbook/Late.md:1: nothing tells tombola_late; see host/docs/operating.md",
            ],
        );
    }
}
