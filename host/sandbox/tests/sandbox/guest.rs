//! Guests as text: a core module around four bodies, made a component under the real contract.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The contract.
pub(crate) const WIT: &str = include_str!("../../../../wit/rule.wit");

/// Where `decide` finds an answer whose bytes are zero: certainly the first outcome. Its outcome stands 8 bytes further.
pub(crate) const ANSWER: &str = "(i32.const 640)";
/// Where `configure` finds its needs: one integer fact, the outcomes `proceed` and `choose: better`.
pub(crate) const NEEDS: &str = "(i32.const 320)";

/// A guest whose parts can be replaced one by one. Every default is well-behaved.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) wit: String,
    pub(crate) world: &'static str,
    /// Name of the interface with `configure` and `decide`.
    pub(crate) interface: &'static str,
    /// Limits of the memory, in pages.
    pub(crate) memory: &'static str,
    /// Further fields of the module; imports come first.
    pub(crate) imports: &'static str,
    pub(crate) fields: String,
    /// Body of `describe`, which leaves the address of a manifest.
    pub(crate) describe: &'static str,
    /// Body of `configure`, with `$config` and `$length`.
    pub(crate) configure: &'static str,
    /// Body of `decide`, with `$facts` and `$count`.
    pub(crate) decide: &'static str,
}

impl Default for Guest {
    fn default() -> Self {
        Self {
            wit: WIT.to_owned(),
            world: "guard-rule",
            interface: "tombola:rule/guard@0.1.0",
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
    pub(crate) fn deciding(decide: &'static str) -> Self {
        Self { decide, ..Self::default() }
    }

    /// The component.
    pub(crate) fn component(&self) -> Vec<u8> {
        encode(&self.text(), &self.wit, self.world)
    }

    fn text(&self) -> String {
        let Self { interface, memory, imports, fields, describe, configure, decide, .. } = self;
        let data = data();
        format!(
            r#"(module
                {imports}
                (memory (export "memory") {memory})
                (global $next (mut i32) (i32.const 4096))
                (global $count (mut i32) (i32.const 0))
                (table $table 1 funcref)
                (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
                    (local $address i32)
                    (local.set $address (i32.and
                        (i32.add (global.get $next) (i32.const 7))
                        (i32.const -8)))
                    (global.set $next (i32.add (local.get $address) (local.get $size)))
                    (local.get $address))
                (func (export "tombola:rule/describe@0.1.0#describe") (result i32) {describe})
                (func $configure (export "{interface}#configure") (param $config i32) (param $length i32) (result i32)
                    {configure})
                (func $decide (export "{interface}#decide") (param $facts i32) (param $count i32) (result i32)
                    {decide})
                {data}
                {fields})"#
        )
    }
}

/// A component from any module text, contract and world.
pub(crate) fn encode(text: &str, wit: &str, world: &str) -> Vec<u8> {
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    let package = resolve.push_str("rule.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

/// A component with one more section of its own, of less than 128 bytes.
pub(crate) fn with_section(mut component: Vec<u8>, name: &str, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(1 + name.len() + content.len()).unwrap();
    assert!(length < 128, "the length is written as one byte");
    component.extend([0, length, u8::try_from(name.len()).unwrap()]);
    component.extend(name.as_bytes());
    component.extend(content);
    component
}

/// The parts of memory that every guest has.
fn data() -> String {
    let texts = [(256, "weight-tier"), (272, "1.2.3"), (280, "Picks a pool."), (400, "player.draws"), (416, "better")];
    let words: [(u32, &[u32]); 4] = [
        // The manifest: name, version, summary.
        (64, &[256, 11, 272, 5, 280, 13]),
        // The needs, as the good half of a result: facts, outcomes.
        (320, &[0, 480, 1, 512, 2]),
        // The one fact: its name, and `integer`.
        (480, &[400, 12, 1]),
        // The outcomes, 32 bytes each: `proceed`, and `choose` with a pool.
        (512, &[0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 416, 6]),
    ];
    let texts = texts.map(|(address, text)| segment(address, text.as_bytes()));
    let words = words.map(|(address, words)| segment(address, &little_endian(words)));
    texts.into_iter().chain(words).collect()
}

fn little_endian(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A data segment of a module's text.
pub(crate) fn segment(address: u32, bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let escaped = bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "\\{byte:02x}").unwrap();
        text
    });
    format!("(data (i32.const {address}) \"{escaped}\")\n")
}
