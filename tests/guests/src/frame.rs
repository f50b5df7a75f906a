//! What every guest has, around the parts that one replaces.

use std::fmt::Write as _;

use crate::guest::{WIT, encode, segment, to_component};

/// A world with every kind of rule, so that one guest can stand anywhere in a campaign.
const WORLD: &str = "world hostile { include rule; export guard; export branch; export rebate; }";

/// Where a frame holds its name; an allocation never begins before 4096.
const NAME: u32 = 3072;

/// A part that a fragment may replace by defining a function of this name.
struct Part {
    name: &'static str,
    /// Under which a component finds it.
    exports: &'static [&'static str],
    /// The well-behaved one. Empty where a guest need not have it.
    text: &'static str,
}

const PARTS: &[Part] = &[
    Part {
        name: "$realloc",
        exports: &["cabi_realloc"],
        text: "(func $realloc (param i32 i32 i32) (param $size i32) (result i32)
            (local $address i32)
            (local.set $address (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
            (global.set $next (i32.add (local.get $address) (local.get $size)))
            (local.get $address))",
    },
    Part {
        name: "$describe",
        exports: &["tombola:rule/describe@1.0.0#describe"],
        text: "(func $describe (result i32) (i32.const 64))",
    },
    Part {
        name: "$configure",
        exports: &["tombola:rule/guard@1.0.0#configure"],
        text: "(func $configure (param $config i32) (param $length i32) (result i32) (i32.const 320))",
    },
    Part {
        name: "$configure_branch",
        exports: &["tombola:rule/branch@1.0.0#configure"],
        text: "(func $configure_branch (param $config i32) (param $length i32) (result i32) (i32.const 352))",
    },
    Part {
        name: "$configure_rebate",
        exports: &["tombola:rule/rebate@1.0.0#configure"],
        text: "(func $configure_rebate (param $config i32) (param $length i32) (result i32) (i32.const 376))",
    },
    Part {
        name: "$decide",
        exports: &[
            "tombola:rule/guard@1.0.0#decide",
            "tombola:rule/branch@1.0.0#decide",
            "tombola:rule/rebate@1.0.0#decide",
        ],
        text: "(func $decide (param $facts i32) (param $count i32) (result i32) (i32.const 640))",
    },
    Part { name: "$describe_post", exports: &["cabi_post_tombola:rule/describe@1.0.0#describe"], text: "" },
    Part { name: "$configure_post", exports: &["cabi_post_tombola:rule/guard@1.0.0#configure"], text: "" },
    Part {
        name: "$decide_post",
        exports: &[
            "cabi_post_tombola:rule/guard@1.0.0#decide",
            "cabi_post_tombola:rule/branch@1.0.0#decide",
            "cabi_post_tombola:rule/rebate@1.0.0#decide",
        ],
        text: "",
    },
];

/// The component of a fragment: fields of a module that may define any of the parts, `$memory` included. Its rule is a
/// guard, a branch and a rebate, and describes itself as `name`, of at most 64 bytes.
pub fn framed(name: &str, fragment: &str) -> Vec<u8> {
    encode(&module(name, fragment, ""), &format!("{WIT}\n{WORLD}"), "hostile")
}

/// The core module of [`framed`], which shows what a rule has to export.
///
/// # Panics
/// If the fragment is none.
pub fn core_module(name: &str, fragment: &str) -> Vec<u8> {
    wat::parse_str(module(name, fragment, "")).unwrap_or_else(|error| panic!("{error}"))
}

/// The component of a core module that exports what [`core_module`] does, or why there is none.
pub fn component_of(module: Vec<u8>) -> Result<Vec<u8>, String> {
    to_component(module, &format!("{WIT}\n{WORLD}"), "hostile")
}

/// The same for a world of one's own: `interface` has `configure` and `decide`, and nothing else is exported but the
/// description.
pub fn framed_as(name: &str, fragment: &str, wit: &str, world: &str, interface: &str) -> Vec<u8> {
    encode(&module(name, fragment, interface), wit, world)
}

/// The module's text. With an `interface`, only that one is exported.
fn module(name: &str, fragment: &str, interface: &str) -> String {
    let mut rest = String::new();
    if !fragment.contains("(memory $memory") {
        rest.push_str("(memory $memory 1)\n");
    }
    for part in PARTS {
        let is_defined = fragment.contains(&format!("(func {} ", part.name));
        if !is_defined {
            rest.push_str(part.text);
        }
        if is_defined || !part.text.is_empty() {
            for export in part.exports.iter().filter_map(|export| renamed(export, interface)) {
                writeln!(rest, "(export \"{export}\" (func {}))", part.name).expect("a text can be written to");
            }
        }
    }
    let data = data(name);
    // The fragment comes first among what is defined, for it may hold imports, and after the data, for it may change them.
    format!(
        "(module {data} {fragment}
            (global $next (mut i32) (i32.const 4096))
            (global $count (mut i32) (i32.const 0))
            (table $table 1 funcref)
            (export \"memory\" (memory $memory))
            {rest})"
    )
}

/// The name of an export where only `interface` is exported. What belongs to a guard stands for it.
fn renamed(export: &str, interface: &str) -> Option<String> {
    const GUARD: &str = "tombola:rule/guard@1.0.0";
    if interface.is_empty() {
        return Some(export.to_owned());
    }
    (!["/branch@", "/rebate@"].iter().any(|kind| export.contains(kind))).then(|| export.replace(GUARD, interface))
}

/// The parts of memory that every guest has.
fn data(name: &str) -> String {
    let name_bytes = u32::try_from(name.len()).expect("names are short");
    let texts: [(u32, &str); 10] = [
        (272, "1.2.3"),
        (280, "Picks a pool."),
        (400, "player.draws"),
        (416, "better"),
        (432, "points"),
        (440, "no"),
        (448, "Not today."),
        (1152, "player.draws.total"),
        (1424, "coins"),
        (NAME, name),
    ];
    let words: [(u32, &[u32]); 9] = [
        // The manifest: name, version, summary.
        (64, &[NAME, name_bytes, 272, 5, 280, 13]),
        // The needs, as the good half of a result: facts, outcomes. First a guard's, then a branch's, then a rebate's.
        (320, &[0, 480, 1, 512, 4]),
        (352, &[0, 480, 1, 1024, 2]),
        (376, &[0, 480, 1, 1312, 3]),
        // The one fact: its name, and `integer`.
        (480, &[1152, 18, 1]),
        // A guard's outcomes, 32 bytes each: `proceed`, `choose`, `grant` of 1 to 10, `refuse`.
        (
            512,
            &[
                0, 0, 0, 0, 0, 0, 0, 0, //
                1, 0, 416, 6, 0, 0, 0, 0, //
                2, 0, 432, 6, 1, 0, 10, 0, //
                3, 0, 440, 2, 448, 10, 0, 0,
            ],
        ),
        // A branch's: `follow`, and `grant` of 1 to 10.
        (1024, &[0, 0, 416, 6, 0, 0, 0, 0, 1, 0, 432, 6, 1, 0, 10, 0]),
        // A rebate's, 8 bytes each: nothing, the first of the rewards, both of them.
        (1312, &[1344, 0, 1344, 1, 1344, 2]),
        // The rewards, 40 bytes each: 1 to 10 coins, and a chance for the referrer.
        (1344, &[0, 0, 0, 0, 1424, 5, 1, 0, 10, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0]),
    ];
    let texts = texts.map(|(address, text)| segment(address, text.as_bytes()));
    let words = words.map(|(address, words)| segment(address, &little_endian(words)));
    texts.into_iter().chain(words).collect()
}

fn little_endian(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
