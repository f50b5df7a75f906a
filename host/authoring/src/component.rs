//! From a compiler's module to a component.

use std::fmt::Display;

use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload, Validator};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::names::{self, Names};

/// The component's custom section that holds the JSON Schema of its config.
pub const SCHEMA_SECTION: &str = "tombola:config-schema";

/// The contract, as it stood when this was built.
const CONTRACT: &str = include_str!("../../../wit/rule.wit");

/// The package of the contract.
const PACKAGE: &str = "tombola:rule";

/// Its version.
const VERSION: &str = "1.0.0";

/// Interfaces of rules; every component exports `types` and `describe` besides.
const KINDS: [&str; 3] = ["guard", "branch", "rebate"];

/// Why a module makes no rule.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// It could not be read, or is not valid.
    #[error("this is not valid WebAssembly")]
    Invalid(#[source] wasmparser::BinaryReaderError),
    /// The module exports no interface of a rule.
    #[error("the module exports no rule: write `tombola_rule::export!(guard: …)` in the root of the crate")]
    NoRule,
    /// The module can't be made a component.
    #[error("the module can't be made a component: {0}")]
    Encode(String),
    /// The component asks for something. Rules may not.
    #[error("the component imports `{0}`; a rule imports nothing")]
    Imports(String),
}

/// Makes a component of a module, with the schema of its config if there is one, and makes sure that it imports nothing.
///
/// The interfaces that the component has are those whose functions the module exports, so a module needs to say nothing
/// else about itself.
pub fn encode(module: &[u8], schema: Option<&str>, names: Names) -> Result<Vec<u8>, ComponentError> {
    let kinds = kinds(module)?;
    if kinds.is_empty() {
        return Err(ComponentError::NoRule);
    }
    let module = names::named(module, names).map_err(ComponentError::Invalid)?;
    let described = describe(&module, &kinds)?;
    let mut encoder = ComponentEncoder::default();
    encoder.debug_names(false);
    let whole = encoder.module(&described).and_then(ComponentEncoder::encode).map_err(encode_error)?;
    let mut component = without_names(&whole)?;
    if let Some(schema) = schema {
        CustomSection { name: SCHEMA_SECTION.into(), data: schema.as_bytes().into() }
            .append_to_component(&mut component);
    }
    check(&component)?;
    Ok(component)
}

/// The component less the names of its own items, which the encoder writes also where debug names are off. Nobody reads
/// them, and they take a kilobyte of the few that a rule has.
fn without_names(component: &[u8]) -> Result<Vec<u8>, ComponentError> {
    let mut kept = Vec::with_capacity(component.len());
    // Where the section before ended, and so the next one's header begins.
    let (mut nested, mut begin) = (0, 0);
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.map_err(ComponentError::Invalid)?;
        let end = match &payload {
            Payload::ModuleSection { unchecked_range, .. } | Payload::ComponentSection { unchecked_range, .. } => {
                nested += 1;
                (nested == 1).then_some(unchecked_range.end)
            }
            Payload::End(_) if nested > 0 => {
                nested -= 1;
                None
            }
            Payload::Version { range, .. } if nested == 0 => Some(range.end),
            section if nested == 0 => section.as_section().map(|(_, range)| range.end),
            _ => None,
        };
        let Some(end) = end else { continue };
        let is_names = matches!(&payload, Payload::CustomSection(section) if section.name() == "component-name");
        if !is_names {
            kept.extend_from_slice(&component[begin..end]);
        }
        begin = end;
    }
    Ok(kept)
}

/// Makes sure that a component is valid and imports nothing, not even an interface that only has types.
pub fn check(component: &[u8]) -> Result<(), ComponentError> {
    Validator::new().validate_all(component).map_err(ComponentError::Invalid)?;
    let mut nested = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(ComponentError::Invalid)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => nested += 1,
            Payload::End(_) if nested > 0 => nested -= 1,
            Payload::ComponentImportSection(imports) if nested == 0 => {
                if let Some(import) = imports.into_iter().next() {
                    let name = import.map_err(ComponentError::Invalid)?.name.name;
                    return Err(ComponentError::Imports(name.to_owned()));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The kinds of rules that a module exports.
fn kinds(module: &[u8]) -> Result<Vec<&'static str>, ComponentError> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ExportSection(exports) = payload.map_err(ComponentError::Invalid)? {
            for export in exports {
                let name = export.map_err(ComponentError::Invalid)?.name;
                let decides = |kind: &&&str| name == format!("{PACKAGE}/{kind}@{VERSION}#decide");
                found.extend(KINDS.iter().find(decides).copied());
            }
        }
    }
    Ok(found)
}

/// The module with a description of its world.
fn describe(module: &[u8], kinds: &[&str]) -> Result<Vec<u8>, ComponentError> {
    let mut includes = String::new();
    for kind in kinds {
        includes.extend(["include ", PACKAGE, "/", kind, "-rule@", VERSION, "; "]);
    }
    let world = format!("package tombola:built; world built {{ {includes} }}");
    let mut resolve = Resolve::default();
    resolve.push_str("rule.wit", CONTRACT).map_err(encode_error)?;
    let package = resolve.push_str("built.wit", &world).map_err(encode_error)?;
    let world = resolve.select_world(&[package], Some("built")).map_err(encode_error)?;
    let mut described = module.to_vec();
    embed_component_metadata(&mut described, &resolve, world, StringEncoding::UTF8).map_err(encode_error)?;
    Ok(described)
}

/// With all of its causes.
fn encode_error(error: impl Display) -> ComponentError {
    ComponentError::Encode(format!("{error:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(component: &str) -> Result<(), ComponentError> {
        check(&wat::parse_str(component).unwrap())
    }

    #[test]
    fn nothing_may_be_imported() {
        check_text("(component)").unwrap();
        check_text(r#"(component (core module (import "a" "b" (func))))"#).unwrap();
        check_text(r#"(component (component (import "inner" (func))))"#).unwrap();
        for import in ["(func)", "(instance)", r#"(instance (export "t" (type (sub resource))))"#] {
            let text = format!(r#"(component (component) (core module) (import "outer" {import}))"#);
            assert!(matches!(check_text(&text), Err(ComponentError::Imports(name)) if name == "outer"), "{import}");
        }
    }

    #[test]
    fn only_a_rule_can_be_encoded() {
        let encode_text = |module: &str| encode(&wat::parse_str(module).unwrap(), None, Names::Kept);
        assert!(matches!(encode(b"no module", None, Names::Kept), Err(ComponentError::Invalid(_))));
        assert!(matches!(encode_text("(module)"), Err(ComponentError::NoRule)));
        let incomplete = r#"(module (func (export "tombola:rule/guard@1.0.0#decide")))"#;
        assert!(matches!(encode_text(incomplete), Err(ComponentError::Encode(_))));
    }

    #[test]
    fn the_version_is_that_of_the_contract() {
        assert!(CONTRACT.contains(&format!("package {PACKAGE}@{VERSION};")));
        for kind in KINDS {
            assert!(CONTRACT.contains(&format!("world {kind}-rule {{")), "{kind}");
        }
    }
}
