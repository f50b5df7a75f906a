//! The standard rules, natively, as the modules of a database; and one that examples need and nobody would upload.

use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};
use tombola_campaign_tests::Library;
use tombola_engine::rule::{Fault, FaultKind};
use tombola_engine::verify::{Lookup, RuleReference, RuleUse};

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::native);
/// Rules are prepared asynchronously, and native ones never wait.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime can be made"));

/// What the database would have for one use of a rule.
pub(crate) fn look_up(rule_use: &RuleUse) -> Lookup {
    match rule_use.reference.parse::<RuleReference>().as_ref().map(|reference| reference.name.as_str()) {
        Ok("broken") => Lookup::Faulty(trap()),
        _ => RUNTIME.block_on(LIBRARY.look_up(rule_use)),
    }
}

fn trap() -> Fault {
    Fault { kind: FaultKind::Trap, message: "unreachable code was reached".to_owned() }
}
