//! Guests by their bodies, for tests that say in one place what a guest does and what comes of it.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::frame::framed_as;

/// The contract.
pub const WIT: &str = include_str!("../../../wit/rule.wit");

/// Where `decide` finds an answer whose bytes are zero: certainly the first outcome. Its outcome stands 8 bytes further.
pub const ANSWER: &str = "(i32.const 640)";
/// Where `configure` finds its needs: one integer fact; the outcomes `proceed`, `choose: better`, `grant` and `refuse`.
pub const NEEDS: &str = "(i32.const 320)";

/// A guest whose parts can be replaced one by one. Every default is well-behaved.
#[derive(Debug, Clone)]
pub struct Guest {
    /// The contract, with any world.
    pub wit: String,
    /// The world.
    pub world: &'static str,
    /// Name of the interface with `configure` and `decide`.
    pub interface: &'static str,
    /// Limits of the memory, in pages.
    pub memory: &'static str,
    /// Imports of the module, which come first.
    pub imports: &'static str,
    /// Further fields of the module.
    pub fields: String,
    /// Body of `describe`, which leaves the address of a manifest.
    pub describe: &'static str,
    /// Body of `configure`, with `$config` and `$length`.
    pub configure: &'static str,
    /// Body of `decide`, with `$facts` and `$count`.
    pub decide: &'static str,
}

impl Default for Guest {
    fn default() -> Self {
        Self {
            wit: WIT.to_owned(),
            world: "guard-rule",
            interface: "tombola:rule/guard@1.0.0",
            memory: "1",
            imports: "",
            fields: String::new(),
            describe: "(i32.const 64)",
            configure: NEEDS,
            decide: ANSWER,
        }
    }
}

impl Guest {
    /// A guard that answers as `decide` does.
    pub fn deciding(decide: &'static str) -> Self {
        Self { decide, ..Self::default() }
    }

    /// The component.
    pub fn component(&self) -> Vec<u8> {
        framed_as("weight-tier", &self.fragment(), &self.wit, self.world, self.interface)
    }

    fn fragment(&self) -> String {
        let Self { memory, imports, fields, describe, configure, decide, .. } = self;
        format!(
            "{imports}
            (memory $memory {memory})
            (func $describe (result i32) {describe})
            (func $configure (param $config i32) (param $length i32) (result i32) {configure})
            (func $decide (param $facts i32) (param $count i32) (result i32) {decide})
            {fields}"
        )
    }
}

/// A component from any module text, contract and world.
///
/// # Panics
/// If one of them is none.
pub fn encode(text: &str, wit: &str, world: &str) -> Vec<u8> {
    let module = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    to_component(module, wit, world).unwrap_or_else(|error| panic!("{error}"))
}

/// A component of any core module, or why there is none.
pub(crate) fn to_component(mut module: Vec<u8>, wit: &str, world: &str) -> Result<Vec<u8>, String> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("rule.wit", wit).expect("the contract can be read");
    let world = resolve.select_world(&[package], Some(world)).expect("the contract has this world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("the world can be embedded");
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).map_err(|error| format!("{error:#}"))?;
    encoder.encode().map_err(|error| format!("{error:#}"))
}

/// A component with one more section of its own, of less than 128 bytes.
///
/// # Panics
/// If it is longer.
pub fn with_section(mut component: Vec<u8>, name: &str, content: &[u8]) -> Vec<u8> {
    let byte = |length: usize| u8::try_from(length).ok().filter(|length| *length < 128).expect("one byte of length");
    component.extend([0, byte(1 + name.len() + content.len()), byte(name.len())]);
    component.extend(name.as_bytes());
    component.extend(content);
    component
}

/// A data segment of a module's text.
pub fn segment(address: u32, bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let escaped = bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "\\{byte:02x}").expect("a text can be written to");
        text
    });
    format!("(data (i32.const {address}) \"{escaped}\")\n")
}
