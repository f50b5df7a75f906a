//! In which order tables can be filled.

use std::collections::{BTreeMap, BTreeSet};

use crate::table::Table;

/// Groups of tables, each of which refers only to tables of itself and of groups before it. Those of a group refer to each other in a
/// circle, if there are several.
pub(crate) fn groups(tables: Vec<Table>) -> Vec<Vec<Table>> {
    let names: BTreeSet<_> = tables.iter().map(|table| table.name.clone()).collect();
    let mut reached: BTreeMap<_, BTreeSet<_>> = tables
        .iter()
        .map(|table| {
            let itself = std::iter::once(table.name.clone());
            (table.name.clone(), table.references.intersection(&names).cloned().chain(itself).collect())
        })
        .collect();
    // What is referred to over others, too: whoever refers to a table outside of its circle reaches more than that one does.
    for middle in &names {
        let behind = reached[middle].clone();
        for targets in reached.values_mut().filter(|targets| targets.contains(middle)) {
            targets.extend(behind.iter().cloned());
        }
    }
    let mut left = tables;
    let mut groups = Vec::new();
    while let Some(first) = left.iter().min_by_key(|table| reached[&table.name].len()) {
        let first = first.name.clone();
        let is_of_circle = |name: &str| reached[&first].contains(name) && reached[name].contains(&first);
        let (group, others) = left.into_iter().partition(|table: &Table| is_of_circle(&table.name));
        groups.push(group);
        left = others;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::table;

    #[test]
    fn what_is_referred_to_comes_first_and_circles_come_together() {
        let tables = [
            ("codes", &["awards", "pools"][..]),
            ("awards", &["draws"]),
            ("campaigns", &["revisions"]),
            ("draws", &["campaigns"]),
            ("pools", &[]),
            ("revisions", &["campaigns", "elsewhere"]),
            ("events", &["events"]),
        ];
        let groups = groups(tables.iter().map(|(name, references)| table(name, &["id"], references)).collect());
        let names: Vec<Vec<_>> = groups.iter().map(|group| group.iter().map(|t| t.name.as_str()).collect()).collect();
        let expected: [&[&str]; 6] =
            [&["pools"], &["events"], &["campaigns", "revisions"], &["draws"], &["awards"], &["codes"]];
        assert_eq!(names, expected);
    }
}
