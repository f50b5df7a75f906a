//! What holds for every standard rule, whatever it does.

use wasmparser::{Parser, Payload};

use crate::{Standard, standard};

/// What an upload of a standard rule costs at most, in bytes.
const SIZE_MAX: usize = 64 * 1024;

#[test]
fn components_are_small() {
    for Standard { name, component, .. } in standard() {
        println!("{name}: {} bytes", component.len());
        assert!(component.len() <= SIZE_MAX, "{name} has {} bytes", component.len());
    }
}

#[test]
fn components_import_nothing() {
    for Standard { name, component, .. } in standard() {
        tombola_authoring::component::check(component).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn memory_is_one_page() {
    for Standard { name, component, .. } in standard() {
        let mut memories = Vec::new();
        for payload in Parser::new(0).parse_all(component) {
            if let Payload::MemorySection(section) = payload.unwrap() {
                memories.extend(section.into_iter().map(|memory| memory.unwrap().initial));
            }
        }
        assert_eq!(memories, [1], "{name}");
    }
}

#[test]
fn components_carry_the_schema_of_their_config() {
    for Standard { name, component, .. } in standard() {
        let schemas: Vec<_> =
            Parser::new(0).parse_all(component).filter_map(|payload| schema(&payload.unwrap())).collect();
        let [schema] = schemas.as_slice() else { panic!("{name} has {} schemas", schemas.len()) };
        let described = |schema: &serde_json::Value| schema["properties"].is_object();
        let one_of_many =
            |schema: &serde_json::Value| schema["anyOf"].as_array().is_some_and(|all| all.iter().all(described));
        assert!(described(schema) || one_of_many(schema), "{name}: {schema}");
    }
}

fn schema(payload: &Payload<'_>) -> Option<serde_json::Value> {
    match payload {
        Payload::CustomSection(section) if section.name() == tombola_authoring::SCHEMA_SECTION => {
            Some(serde_json::from_slice(section.data()).unwrap())
        }
        _ => None,
    }
}

#[cfg(feature = "native")]
#[test]
fn the_native_rules_are_the_same() {
    let mut native: Vec<_> = crate::native().map(|rule| (rule.name(), rule.version())).collect();
    native.dedup();
    let components: Vec<_> = standard().iter().map(|rule| (rule.name, rule.version)).collect();
    assert_eq!(native, components);
}
