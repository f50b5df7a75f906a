//! Campaign documents: parsed and verified with the standard rules as native code, so that their configs are reached as well.
//! What the verifier lets through can be drawn on, and is drawn on the same way twice.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};
use tombola_campaign_tests::Library;
use tombola_domain::fact::{Fact, FactType, Value};
use tombola_domain::random::Seed;
use tombola_engine::decide::{Situation, decide};
use tombola_engine::{document, rebates};

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::native);
/// Rules are prepared asynchronously, and native ones never wait.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime can be made"));

fuzz_target!(|text: &str| {
    let Ok(document) = document::parse(text) else { return };
    let verified = RUNTIME.block_on(LIBRARY.verify(&document));
    let Some(pipeline) = verified.pipeline else { return };
    let facts: Vec<_> = pipeline.facts.iter().map(value).collect();
    let seed = Seed::from_bytes([7; 32]);
    let situation = Situation { facts: &facts, limits: &[], seed: &seed };
    assert_eq!(decide(&pipeline, &situation), decide(&pipeline, &situation));
    for event in &pipeline.events {
        let facts: Vec<_> = event.facts.iter().map(value).collect();
        let situation = rebates::Situation { facts: &facts, seed: &seed };
        let decided = rebates::decide(event, &situation);
        assert_eq!(decided, rebates::decide(event, &situation));
    }
});

/// Some value of the fact; an attribute is of the type that its campaign gives it, and a rule has to bear another one.
fn value(fact: &Fact) -> Value {
    match fact.entry().fact_type {
        Some(FactType::Boolean) => Value::Boolean(true),
        Some(FactType::Integers) => Value::Integers(vec![7, 8]),
        Some(FactType::Text) => Value::Text("app".to_owned()),
        Some(FactType::Texts) => Value::Texts(vec!["app".to_owned(), "web".to_owned()]),
        Some(FactType::Integer) | None => Value::Integer(7),
    }
}
