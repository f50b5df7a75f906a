//! What receipts say of the engine.

use crate::interface::v1;

/// The engine's release, which the workspace pins exactly.
const WASMTIME: &str = "48.0.8";

/// The table of what operators cost in fuel, counted on whenever it is changed.
const COSTS: u32 = 2;

/// What a rule's answers and its fuel depend on besides the rule: the engine's release, the table of costs and the version of the
/// contract. Fuel may be compared only where this is the same.
pub fn engine_version() -> String {
    format!("wasmtime {WASMTIME}, costs {COSTS}, tombola:rule {}", v1::VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_what_is_pinned() {
        let manifest = include_str!("../../../Cargo.toml");
        assert!(manifest.contains(&format!("wasmtime = {{ version = \"={WASMTIME}\"")));
        let contract = include_str!("../../../wit/rule.wit");
        assert!(contract.contains(&format!("package tombola:rule@{};", v1::VERSION)));
        assert_eq!(engine_version(), "wasmtime 48.0.8, costs 2, tombola:rule 1.0.0");
    }
}
