//! Uploads: what is a module, and what the uploader is told where it is none.

use serde_json::json;
use tombola_engine::rule::{AdmitError, Kind, PrepareError, RuleFactory};
use tombola_sandbox::{ClassSettings, Sandbox, Settings};

use crate::bed::{admit, prepare_in, sandbox, settings};
use tombola_guests::{Guest, WIT, encode, segment, with_section};

/// Refuses for the reason that the pattern names, with a text that holds this.
macro_rules! refused {
    ($component:expr, $reason:pat, $text:expr) => {{
        let error = admit($component.as_ref()).await.unwrap_err();
        assert!(matches!(error, $reason) && error.to_string().contains($text), "{error:?}");
    }};
}

#[tokio::test]
async fn a_manifest_is_read() {
    let manifest = admit(&Guest::default().component()).await.unwrap();
    assert_eq!(manifest.name, "weight-tier");
    assert_eq!(manifest.version, semver::Version::new(1, 2, 3));
    assert_eq!(manifest.summary, "Picks a pool.");
    assert_eq!(manifest.kinds, [Kind::Guard]);
    assert_eq!(manifest.config_schema, None);
}

#[tokio::test]
async fn a_schema_is_read() {
    let section = "tombola:config-schema";
    let component = |content: &[u8]| with_section(Guest::default().component(), section, content);
    let manifest = admit(&component(br#"{"type": "object"}"#)).await.unwrap();
    assert_eq!(manifest.config_schema, Some(json!({"type": "object"})));
    refused!(component(b"{"), AdmitError::Invalid(_), "is no JSON");
    refused!(with_section(component(b"{}"), section, b"{}"), AdmitError::Invalid(_), "several sections");
    // One of the module inside is not the component's.
    let inner = Guest { fields: format!("(@custom \"{section}\" \"{{}}\")"), ..Guest::default() };
    assert_eq!(admit(&inner.component()).await.unwrap().config_schema, None);
}

#[tokio::test]
async fn a_module_may_hold_two_kinds() {
    let both = r#"
        (func (export "tombola:rule/branch@1.0.0#configure") (param i32 i32) (result i32) (i32.const 320))
        (func (export "tombola:rule/branch@1.0.0#decide") (param i32 i32) (result i32) (i32.const 640))"#;
    let world = "world both { export types; export describe; export guard; export branch; }";
    let guest = Guest { wit: format!("{WIT}\n{world}"), world: "both", fields: both.to_owned(), ..Guest::default() };
    assert_eq!(admit(&guest.component()).await.unwrap().kinds, [Kind::Guard, Kind::Branch]);
    let branch = Guest { world: "branch-rule", interface: "tombola:rule/branch@1.0.0", ..Guest::default() };
    assert_eq!(admit(&branch.component()).await.unwrap().kinds, [Kind::Branch]);
}

#[tokio::test]
async fn a_rebate_is_a_rule() {
    let rebate = Guest {
        world: "rebate-rule",
        interface: "tombola:rule/rebate@1.0.0",
        configure: "(i32.const 376)",
        ..Guest::default()
    };
    assert_eq!(admit(&rebate.component()).await.unwrap().kinds, [Kind::Rebate]);
    let other = Guest { wit: WIT.replace("chances(span)", "chances(u32)"), ..rebate };
    refused!(other.component(), AdmitError::World(_), "has other types than the contract's");
}

/// What a guard was built for before the contract was frozen.
#[tokio::test]
async fn rules_of_another_version_of_the_contract_are_to_be_built_again() {
    let text = r#"(module
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "tombola:rule/describe@0.1.0#describe") (result i32) (i32.const 64))
        (func (export "tombola:rule/guard@0.1.0#configure") (param i32 i32) (result i32) (i32.const 64))
        (func (export "tombola:rule/guard@0.1.0#decide") (param i32 i32) (result i32) (i32.const 64)))"#;
    let old = encode(text, &WIT.replace("tombola:rule@1.0.0", "tombola:rule@0.1.0"), "guard-rule");
    let told = "it was built for version 0.1.0 of the contract, and this host speaks 1.0.0: build it again";
    refused!(old, AdmitError::World(_), told);
    // One that was kept from then on is told of where it is published.
    let error = prepare_in(&sandbox(), &old).await.unwrap_err();
    let PrepareError::Fault(fault) = error else { panic!("{error:?}") };
    assert!(fault.message.contains(told), "{fault}");
}

#[tokio::test]
async fn size_is_checked_first() {
    let limit = ClassSettings::FAST.upload_bytes_max;
    let error = admit(&vec![0; limit + 1]).await.unwrap_err();
    assert_eq!(error, AdmitError::TooLarge { size: limit + 1, limit });
}

#[tokio::test]
async fn garbage_is_refused() {
    refused!(b"", AdmitError::Invalid(_), "at byte 0x0");
    refused!(b"not wasm at all", AdmitError::Invalid(_), "magic");
    refused!(vec![0; 100_000], AdmitError::Invalid(_), "magic");
    refused!(wat::parse_str("(module)").unwrap(), AdmitError::Invalid(_), "core module");
    let component = Guest::default().component();
    let sandbox = sandbox();
    for length in (8..component.len()).step_by(97) {
        let error = sandbox.admit(&component[..length]).await.unwrap_err();
        assert!(matches!(error, AdmitError::Invalid(_) | AdmitError::World(_)), "{length}: {error:?}");
    }
}

#[tokio::test]
async fn features_outside_of_our_set_are_refused() {
    let fields = [
        "(memory 1) (memory 1)",
        "(memory i64 1)",
        "(memory 1 1 shared)",
        "(func (drop (i8x16.relaxed_swizzle (v128.const i64x2 0 0) (v128.const i64x2 0 0))))",
        "(tag)",
        "(type (struct))",
        "(func $tail (return_call $tail))",
    ];
    for field in fields {
        let text = format!("(component (core module {field}))");
        let component = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"));
        refused!(component, AdmitError::Invalid(_), "at byte");
    }
}

#[tokio::test]
async fn imports_are_refused() {
    let wit = format!(
        "{WIT}\ninterface secrets {{ peek: func() -> u32; }}
        world curious {{ import secrets; export types; export describe; export guard; }}"
    );
    let imports = r#"(import "tombola:rule/secrets@1.0.0" "peek" (func $peek (result i32)))"#;
    let guest =
        Guest { wit, world: "curious", imports, decide: "(drop (call $peek)) (i32.const 640)", ..Guest::default() };
    refused!(guest.component(), AdmitError::Imports(_), "imports tombola:rule/secrets@1.0.0; a rule imports nothing");
}

#[tokio::test]
async fn other_worlds_are_refused() {
    let other = encode(r#"(module (func (export "run")))"#, "package a:b; world w { export run: func(); }", "w");
    refused!(other, AdmitError::World(_), "it exports `run`");
    let nothing = wat::parse_str("(component)").unwrap();
    refused!(nothing, AdmitError::World(_), "doesn't export `tombola:rule/describe@1.0.0`");
    let silent = encode(
        r#"(module (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "tombola:rule/describe@1.0.0#describe") (result i32) unreachable))"#,
        &format!("{WIT}\nworld silent {{ export types; export describe; }}"),
        "silent",
    );
    refused!(silent, AdmitError::World(_), "exports none of `tombola:rule/guard@1.0.0`");
}

#[tokio::test]
async fn other_types_are_refused() {
    let changed = |from: &str, to: &str| Guest { wit: WIT.replace(from, to), ..Guest::default() }.component();
    assert!(WIT.contains("summary: string"));
    refused!(changed("hint: string", "advice: string"), AdmitError::World(_), "`configure`");
    refused!(changed("outcome: u32", "outcome: s32"), AdmitError::World(_), "`decide`");
    refused!(changed("summary: string", "abstract: string"), AdmitError::World(_), "`describe`");
}

#[tokio::test]
async fn a_component_must_be_one_to_be_baked() {
    let nested = r"(component (component (core module)))";
    let mut component = Guest::default().component();
    component.extend(&wat::parse_str(nested).unwrap()[8..]);
    refused!(component, AdmitError::Invalid(_), "nested components");
    let growing = Guest::deciding("(drop (table.grow $table (ref.null func) (i32.const 1))) (i32.const 640)");
    refused!(growing.component(), AdmitError::Invalid(_), "table.grow");
}

#[tokio::test]
async fn declarations_are_bounded() {
    let memory = |memory| Guest { memory, ..Guest::default() }.component();
    refused!(memory("17"), AdmitError::Invalid(_), "17 pages of memory; a rule may have 16");
    refused!(memory("65536"), AdmitError::Invalid(_), "65536 pages");
    refused!(memory("1 16"), AdmitError::Invalid(_), "a maximum of 16 pages");
    admit(&memory("16 17")).await.unwrap();
    let table = Guest { fields: "(table 1000000 funcref)".to_owned(), ..Guest::default() };
    refused!(table.component(), AdmitError::Invalid(_), "a table of 1000000 elements; a rule may have 4096");
}

#[tokio::test]
async fn a_description_is_run_in_the_sandbox() {
    let describing = |describe| Guest { describe, ..Guest::default() }.component();
    refused!(describing("(unreachable)"), AdmitError::Describe(_), "unreachable");
    refused!(describing("(loop $again (br $again)) (unreachable)"), AdmitError::Describe(_), "all fuel");
    refused!(describing("(i32.const -8)"), AdmitError::Describe(_), "out of bounds");
    refused!(
        describing("(drop (memory.grow (i32.const 100))) (i32.const 64)"),
        AdmitError::Describe(_),
        "bytes of memory; it may have"
    );
    let starting = |fields: &str| Guest { fields: fields.to_owned(), ..Guest::default() }.component();
    let looping = "(start $start) (func $start (loop $again (br $again)))";
    refused!(starting(looping), AdmitError::Describe(_), "all fuel");
    refused!(starting("(start $start) (func $start unreachable)"), AdmitError::Describe(_), "unreachable");
    refused!(starting(&segment(3072, b"Weight-Tier")), AdmitError::Describe(_), "\"Weight-Tier\"");
    refused!(starting(&segment(272, b"one  ")), AdmitError::Describe(_), "no semantic version");
    refused!(starting(&segment(280, &[0xff])), AdmitError::Describe(_), "utf-8");
}

#[tokio::test]
async fn tables_and_instances_are_bounded() {
    let class = ClassSettings { tables_max: 1, ..settings().class };
    let sandbox = Sandbox::new(Settings { class, ..settings() }).unwrap();
    sandbox.admit(&Guest::default().component()).await.unwrap();
    let class = ClassSettings { core_instances_max: 1, ..settings().class };
    Sandbox::new(Settings { class, ..settings() }).unwrap().admit(&Guest::default().component()).await.unwrap();
    let two = Guest { fields: "(table 1 funcref)".to_owned(), ..Guest::default() };
    let error = sandbox.admit(&two.component()).await.unwrap_err();
    assert!(error.to_string().contains("table"), "{error:?}");
}
