//! One pass over an upload's sections: is it valid with exactly the features that are allowed here, does it import anything,
//! does it export a rule, and does it declare more than an instance may have?

use serde::{Deserialize, Serialize};
use wasmparser::{BinaryReaderError, MemoryType, Parser, Payload, TableType, Validator};

use crate::class::features;
use crate::interface::{Interface, v1};
use crate::settings::{ClassSettings, PAGE_BYTES};
use crate::worker::message::CheckError;

/// The custom section that holds the JSON Schema of a rule's config.
const SCHEMA_SECTION: &str = "tombola:config-schema";
/// Bytes of that section.
const SCHEMA_BYTES_MAX: usize = 256 << 10;

/// What stands in a component.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Inspection {
    /// The interfaces that it exports, at least one, in the order of [`Interface::ALL`].
    pub(crate) interfaces: Vec<Interface>,
    /// The schema of its config, where it carries one.
    pub(crate) config_schema: Option<serde_json::Value>,
}

/// Inspects an upload.
pub(crate) fn inspect(component: &[u8], class: &ClassSettings) -> Result<Inspection, CheckError> {
    validate(component)?;
    let mut walk = Walk { class, depth: 0, exports: Vec::new(), schema: None };
    for payload in Parser::new(0).parse_all(component) {
        walk.section(payload.map_err(invalid)?)?;
    }
    Ok(Inspection { interfaces: interfaces(&walk.exports)?, config_schema: walk.schema })
}

fn validate(component: &[u8]) -> Result<(), CheckError> {
    if Parser::is_core_wasm(component) {
        return Err(CheckError::Invalid(
            "it is a core module. Make it a component, as `tombola rule build` does".to_owned(),
        ));
    }
    Validator::new_with_features(features()).validate_all(component).map(drop).map_err(invalid)
}

#[expect(clippy::needless_pass_by_value, reason = "maps errors, which come by value")]
fn invalid(error: BinaryReaderError) -> CheckError {
    CheckError::Invalid(format!("{} at byte {:#x}", error.message(), error.offset()))
}

struct Walk<'a> {
    class: &'a ClassSettings,
    /// How many modules and components the present section stands in, the outermost not counted.
    depth: usize,
    exports: Vec<&'a str>,
    schema: Option<serde_json::Value>,
}

impl<'a> Walk<'a> {
    fn section(&mut self, payload: Payload<'a>) -> Result<(), CheckError> {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => self.depth += 1,
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::MemorySection(memories) => {
                for memory in memories {
                    self.memory(memory.map_err(invalid)?)?;
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    self.table(table.map_err(invalid)?.ty)?;
                }
            }
            payload if self.depth == 0 => self.outermost(payload)?,
            _ => {}
        }
        Ok(())
    }

    fn outermost(&mut self, payload: Payload<'a>) -> Result<(), CheckError> {
        match payload {
            Payload::ComponentImportSection(imports) => match imports.into_iter().next() {
                Some(import) => Err(CheckError::Imports(import.map_err(invalid)?.name.name.to_owned())),
                None => Ok(()),
            },
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    self.exports.push(export.map_err(invalid)?.name.name);
                }
                Ok(())
            }
            Payload::CustomSection(section) if section.name() == SCHEMA_SECTION => self.schema(section.data()),
            _ => Ok(()),
        }
    }

    fn schema(&mut self, text: &[u8]) -> Result<(), CheckError> {
        if self.schema.is_some() {
            return Err(CheckError::Invalid(format!("it has several sections `{SCHEMA_SECTION}`; one is allowed")));
        }
        if text.len() > SCHEMA_BYTES_MAX {
            return Err(CheckError::Invalid(format!(
                "its section `{SCHEMA_SECTION}` has {} bytes; {SCHEMA_BYTES_MAX} are allowed",
                text.len()
            )));
        }
        let schema = serde_json::from_slice(text)
            .map_err(|error| CheckError::Invalid(format!("its section `{SCHEMA_SECTION}` is no JSON: {error}")))?;
        self.schema = Some(schema);
        Ok(())
    }

    fn memory(&self, memory: MemoryType) -> Result<(), CheckError> {
        let pages_max = (self.class.memory_bytes_max / PAGE_BYTES) as u64;
        if memory.initial > pages_max {
            return Err(CheckError::Invalid(format!(
                "it declares {} pages of memory; a rule may have {pages_max}. Give it a smaller stack, or less data",
                memory.initial
            )));
        }
        // Reading the configured state takes a page more for a moment, which a lower maximum would refuse.
        match memory.maximum {
            Some(maximum) if maximum <= pages_max => Err(CheckError::Invalid(format!(
                "it declares a maximum of {maximum} pages of memory; declare none, or more than {pages_max}"
            ))),
            _ => Ok(()),
        }
    }

    fn table(&self, table: TableType) -> Result<(), CheckError> {
        let elements_max = self.class.table_elements_max as u64;
        if table.initial > elements_max {
            return Err(CheckError::Invalid(format!(
                "it declares a table of {} elements; a rule may have {elements_max}",
                table.initial
            )));
        }
        Ok(())
    }
}

fn interfaces(exports: &[&str]) -> Result<Vec<Interface>, CheckError> {
    let known = |export: &str| {
        export == v1::TYPES
            || export == v1::DESCRIBE
            || Interface::ALL.iter().any(|interface| export == interface.name())
    };
    if let Some(version) = exports.iter().find_map(|export| other_version(export)) {
        return Err(CheckError::World(format!(
            "it was built for version {version} of the contract, and this host speaks {}: build it again with the SDK of \
             this host's release",
            v1::VERSION
        )));
    }
    if let Some(export) = exports.iter().find(|export| !known(export)) {
        return Err(CheckError::World(format!(
            "it exports `{export}`, which is no part of version {} of the contract",
            v1::VERSION
        )));
    }
    if !exports.contains(&v1::DESCRIBE) {
        return Err(CheckError::World(format!("it doesn't export `{}`", v1::DESCRIBE)));
    }
    let found: Vec<_> = Interface::ALL.into_iter().filter(|kind| exports.contains(&kind.name())).collect();
    if found.is_empty() {
        let names: Vec<_> = Interface::ALL.iter().map(|interface| format!("`{}`", interface.name())).collect();
        return Err(CheckError::World(format!("it exports none of {}", names.join(", "))));
    }
    Ok(found)
}

/// The version of the contract that an export belongs to, where it is another one than this host's.
fn other_version(export: &str) -> Option<&str> {
    let (_, version) = export.strip_prefix(v1::PACKAGE)?.split_once('@')?;
    (version != v1::VERSION).then_some(version)
}
