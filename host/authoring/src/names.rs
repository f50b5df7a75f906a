//! What a module's functions are called in backtraces.

use std::ops::Range;

use wasm_encoder::{NameMap, NameSection, RawSection, Section};
use wasmparser::{BinaryReaderError, KnownCustom, Name, Parser, Payload};

/// Whether a component says how its functions are called. It costs some kilobytes, which no run of it sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// It does, so that the backtrace of a fault says where it happened.
    Kept,
    /// It does not.
    LeftOut,
}

/// Bytes of one name: paths of generic functions run into hundreds, and their beginnings tell enough.
const NAME_BYTES_MAX: usize = 96;

/// The module with its functions named as people know them, or not at all. Names of the compiler's have a hash in them that
/// depends on the folder of the sources, which components must not.
pub(crate) fn named(module: &[u8], names: Names) -> Result<Vec<u8>, BinaryReaderError> {
    let mut kept = module[..HEADER_BYTES].to_vec();
    let mut functions = NameMap::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::CustomSection(section) = &payload
            && section.name() == "name"
        {
            if let KnownCustom::Name(section) = section.as_known() {
                read(section, &mut functions)?;
            }
        } else if let Some((id, range)) = payload.as_section() {
            append(&mut kept, module, id, range);
        }
    }
    if names == Names::Kept && !functions.is_empty() {
        let mut section = NameSection::new();
        section.functions(&functions);
        section.append_to(&mut kept);
    }
    Ok(kept)
}

/// A module begins with a magic number and a version.
const HEADER_BYTES: usize = 8;

fn append(kept: &mut Vec<u8>, module: &[u8], id: u8, range: Range<usize>) {
    RawSection { id, data: &module[range] }.append_to(kept);
}

fn read(section: wasmparser::NameSectionReader<'_>, functions: &mut NameMap) -> Result<(), BinaryReaderError> {
    for names in section {
        if let Name::Function(names) = names? {
            for name in names {
                let name = name?;
                functions.append(name.index, &plain(name.name));
            }
        }
    }
    Ok(())
}

/// `rollout::decide` for `_ZN7rollout6decide17h0123456789abcdefE` and for `rollout::decide::h0123456789abcdef`.
fn plain(name: &str) -> String {
    let mut name = format!("{:#}", rustc_demangle::demangle(name));
    if let Some((path, hash)) = name.rsplit_once("::h")
        && hash.len() == 16
        && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
    {
        name.truncate(path.len());
    }
    name.truncate(name.floor_char_boundary(NAME_BYTES_MAX));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_hash() {
        assert_eq!(plain("_ZN7rollout6decide17h0123456789abcdefE"), "rollout::decide");
        assert_eq!(plain("rollout::decide::h0123456789abcdef"), "rollout::decide");
        assert_eq!(plain("cabi_realloc"), "cabi_realloc");
        assert_eq!(plain(&"é".repeat(100)).len(), NAME_BYTES_MAX);
    }

    #[test]
    fn functions_are_named_and_nothing_else_changes() {
        let text = "(module (func $_ZN1a1b17h0123456789abcdefE (export \"f\") (local $secret i32)) (func $plain))";
        let module = wat::parse_str(text).unwrap();
        let bare = named(&module, Names::LeftOut).unwrap();
        assert_eq!(bare, wat::parse_str("(module (func (export \"f\") (local i32)) (func))").unwrap());
        let kept = named(&module, Names::Kept).unwrap();
        assert!(kept.starts_with(&bare));
        let names = String::from_utf8_lossy(&kept[bare.len()..]).into_owned();
        assert!(names.contains("a::b") && names.contains("plain") && !names.contains("secret"), "{names:?}");
        assert_eq!(named(&kept, Names::Kept).unwrap(), kept);
    }
}
