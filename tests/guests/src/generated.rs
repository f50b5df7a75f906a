//! Guests that are too long to be written by hand.

use std::fmt::Write as _;

use wasm_encoder::{
    CodeSection, Component, CustomSection, Function, FunctionSection, Instruction, Module, RawSection, TypeSection,
    ValType,
};

use crate::frame::framed;

/// Makes a guest that describes itself by this name.
type Make = fn(&str) -> Vec<u8>;

/// Name, what it does, and how it is made.
pub(crate) const GENERATED: &[(&str, &str, Make)] = &[
    ("nothing", "Has not one byte.", |_| Vec::new()),
    ("zeros", "Is a hundred kilobytes of nothing.", |_| vec![0; 100_000]),
    ("slow-function", "Has one function of many steps over many live values, which takes long to compile.", |name| {
        framed(name, &format!("(func {})", steps(60_000)))
    }),
    ("slow-functions", "Has many functions, each of which takes some time to compile.", |name| {
        framed(name, &format!("(func {})\n", steps(1_500)).repeat(60))
    }),
    ("slow-branches", "Has functions that branch to tens of thousands of places.", |name| {
        framed(name, &branches(30_000, 8))
    }),
    ("slow-blocks", "Has a function of a hundred thousand blocks within each other.", |name| {
        framed(name, &format!("(func {} {})", "block ".repeat(100_000), "end ".repeat(100_000)))
    }),
    (
        "slow-loops",
        "Has a function of thousands of loops within each other, with values that live through all of them.",
        |name| framed(name, &loops(5_000)),
    ),
    ("slow-locals", "Has functions of as many locals as there may be, all of them used.", |name| {
        framed(name, &locals(50_000).repeat(3))
    }),
    ("slow-stack", "Keeps tens of thousands of values on its stack at one time.", |name| framed(name, &stack(50_000))),
    ("functions-many", "Has hundreds of thousands of functions that do nothing.", |name| {
        framed(name, &"(func)".repeat(300_000))
    }),
    ("functions-too-many", "Has more functions than there may be.", |_| functions(1_000_001)),
    ("locals-too-many", "Has a function of more locals than there may be.", |_| locals_declared(&[50_001])),
    ("locals-overflow", "Has a function with more locals than a number can count.", |_| {
        locals_declared(&[u32::MAX, u32::MAX])
    }),
    ("types-too-many", "Declares more types than there may be.", |_| types(1_000_001)),
    ("exports-many", "Exports the same function under a hundred thousand names.", |_| {
        let exports = (0..100_000).fold(String::new(), |mut text, number| {
            write!(text, "(export \"{number}\" (func $run))").expect("a text can be written to");
            text
        });
        wat::parse_str(format!("(component (core module (func $run) {exports}))")).expect("the text is right")
    }),
    ("globals-many", "Has a hundred thousand globals, which the host has to find room for.", |name| {
        framed(name, &"(global (mut i64) (i64.const 7))".repeat(100_000))
    }),
    ("constants-many", "Has tens of thousands of globals that never change.", |name| {
        framed(name, &"(global i64 (i64.const 7))".repeat(60_000))
    }),
    ("segments-too-many", "Has more pieces of data than there may be.", |_| {
        let data = "(data (i32.const 8192) \"x\")".repeat(100_001);
        wat::parse_str(format!("(component (core module (memory 1) {data}))")).expect("the text is right")
    }),
    ("segments-many", "Has tens of thousands of pieces of data.", |name| {
        framed(name, &"(data (i32.const 8192) \"x\")".repeat(50_000))
    }),
    ("sections-many", "Has a million sections that mean nothing.", |name| {
        let mut component = framed(name, "");
        (0..1_000_000).for_each(|_| component.extend([0, 2, 1, b'x']));
        component
    }),
    ("section-long", "Has a section of megabytes that means nothing.", |name| {
        with_custom(framed(name, ""), "x", &vec![b'x'; 3 << 20])
    }),
    ("component-beside", "Is a rule, and holds a component besides.", |name| {
        with(framed(name, ""), "(component (core module))")
    }),
    ("module-beside", "Is a rule, and holds another core module besides.", |name| {
        with(framed(name, ""), "(core module)")
    }),
    ("instances-many", "Starts its core module a dozen times more.", |name| {
        with(framed(name, ""), &"(core instance (instantiate 0))".repeat(12))
    }),
    ("schema-deep", "Has a schema of a hundred thousand lists within each other.", |name| {
        with_custom(framed(name, ""), "tombola:config-schema", &vec![b'['; 100_000])
    }),
    ("names-long", "Gives a function a name of a hundred kilobytes, and traps in it.", |name| {
        let long = "n".repeat(100_000);
        framed(name, &format!("(func $decide (@name \"{long}\") (param i32 i32) (result i32) (unreachable))"))
    }),
    ("names-lie", "Names functions that it doesn't have, others twice, and traps.", |name| {
        // Names of functions (1), in 16 bytes: 3 of them, for 9, for 9 again, and for 4294967295.
        let names = r"\01\10\03\09\01a\09\01b\ff\ff\ff\ff\0f\03xyz";
        let decide = "(func $decide (param i32 i32) (result i32) (unreachable))";
        framed(name, &format!("(@custom \"name\" \"{names}\") {decide}"))
    }),
    ("types-doubling", "Declares types that each hold the one before twice.", |_| {
        let types = (1..64).fold("(type $t0 (tuple u8 u8))".to_owned(), |mut text, number| {
            write!(text, "(type $t{number} (tuple $t{0} $t{0}))", number - 1).expect("a text can be written to");
            text
        });
        wat::parse_str(format!("(component {types})")).expect("the text is right")
    }),
    ("components-deep", "Holds a component that holds a component, and so on for a hundred thousand times.", |_| {
        components(100_000)
    }),
    ("instance-types-deep", "Declares the type of an instance that holds the type of an instance, and so on.", |_| {
        declared(&[0x42, 0x01, 0x01], 500_000)
    }),
    ("component-types-deep", "Declares the type of a component that holds the type of a component, and so on.", |_| {
        declared(&[0x41, 0x01, 0x01], 500_000)
    }),
];

/// The body of a function that takes long to compile for its length: each step is a block, over 200 live values.
fn steps(count: usize) -> String {
    let mut body = "(local i64) ".repeat(200);
    for step in 0..count {
        let (from, to) = (step * 7 % 200, step * 13 % 200);
        writeln!(
            body,
            "(if (i64.eqz (local.get {from})) (then (local.set {to} (i64.add (local.get {to}) (local.get {from})))))"
        )
        .expect("a text can be written to");
    }
    body
}

/// Functions that branch to `targets` places in `blocks` blocks.
fn branches(targets: usize, blocks: usize) -> String {
    let places = (0..targets).fold(String::new(), |mut text, number| {
        write!(text, "{} ", number % 100).expect("a text can be written to");
        text
    });
    let function =
        format!("(func (param i32) {} local.get 0 br_table {places} {})", "block ".repeat(100), "end ".repeat(100));
    function.repeat(blocks)
}

fn loops(depth: usize) -> String {
    let within = "loop local.get 1 local.get 0 i64.add local.set 1 ";
    let after = "local.get 1 i64.eqz br_if 0 end ";
    format!("(func (param i64) (local i64) {} {})", within.repeat(depth), after.repeat(depth))
}

fn locals(count: usize) -> String {
    let mut body = format!("(func (param i64) (local {}) ", "i64 ".repeat(count - 1));
    for number in 1..count {
        write!(body, "(local.set {number} (i64.add (local.get {}) (local.get {})))", number - 1, number / 2)
            .expect("a text can be written to");
    }
    body + ")"
}

fn stack(depth: usize) -> String {
    format!("(func (param i64) (result i64) {} {})", "local.get 0 ".repeat(depth), "i64.mul ".repeat(depth - 1))
}

fn functions(count: u32) -> Vec<u8> {
    let (mut module, mut types, mut functions, mut code) =
        <(Module, TypeSection, FunctionSection, CodeSection)>::default();
    types.ty().function([], []);
    let mut body = Function::new([]);
    body.instruction(&Instruction::End);
    for _ in 0..count {
        functions.function(0);
        code.function(&body);
    }
    module.section(&types).section(&functions).section(&code);
    alone(&module.finish())
}

fn locals_declared(counts: &[u32]) -> Vec<u8> {
    let (mut module, mut types, mut functions, mut code) =
        <(Module, TypeSection, FunctionSection, CodeSection)>::default();
    types.ty().function([], []);
    functions.function(0);
    let mut body = Function::new(counts.iter().map(|count| (*count, ValType::I32)));
    body.instruction(&Instruction::End);
    code.function(&body);
    module.section(&types).section(&functions).section(&code);
    alone(&module.finish())
}

fn types(count: u32) -> Vec<u8> {
    let (mut module, mut types) = <(Module, TypeSection)>::default();
    for _ in 0..count {
        types.ty().function([], []);
    }
    module.section(&types);
    alone(&module.finish())
}

/// A component of nothing but a core module, whose bytes may be anything.
pub fn alone(module: &[u8]) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&RawSection { id: CORE_MODULE, data: module });
    component.finish()
}

/// A component with more fields, which know nothing of those that are there but their numbers.
fn with(mut component: Vec<u8>, fields: &str) -> Vec<u8> {
    let more = wat::parse_str(format!("(component {fields})")).expect("the text is right");
    component.extend(&more[PREAMBLE.len()..]);
    component
}

fn with_custom(mut component: Vec<u8>, name: &str, content: &[u8]) -> Vec<u8> {
    let mut section = Component::new();
    section.section(&CustomSection { name: name.into(), data: content.into() });
    component.extend(&section.finish()[PREAMBLE.len()..]);
    component
}

/// What a core module's section begins with.
const CORE_MODULE: u8 = 1;
/// What a component begins with.
const PREAMBLE: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// Components within each other. Their lengths are known from the innermost on, and written from the outermost on.
fn components(depth: usize) -> Vec<u8> {
    let mut heads = Vec::new();
    let mut length = PREAMBLE.len();
    for _ in 0..depth {
        let mut head = vec![4];
        leb128(length, &mut head);
        length += head.len() + PREAMBLE.len();
        heads.push(head);
    }
    let mut bytes = PREAMBLE.to_vec();
    for head in heads.iter().rev() {
        bytes.extend(head);
        bytes.extend(PREAMBLE);
    }
    bytes
}

/// A component that declares a type, which begins with `head` as often as `depth` says.
fn declared(head: &[u8], depth: usize) -> Vec<u8> {
    let mut content = vec![1];
    content.extend(head.repeat(depth));
    // The innermost: a type of no members.
    content.extend([head[0], 0]);
    let mut bytes = PREAMBLE.to_vec();
    bytes.push(7);
    leb128(content.len(), &mut bytes);
    bytes.extend(content);
    bytes
}

fn leb128(mut number: usize, bytes: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits");
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}
