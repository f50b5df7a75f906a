//! Builds the standard rules into components, and writes the table that the library includes.
//!
//! Cargo holds the lock of its target directory while this runs, so the rules have one of their own. All profiles share
//! it: rules come out the same whether the server is checked, tested or released.

use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tombola_authoring::{Build, Names, build};

/// The rules, in the order of their names.
const RULES: [&str; 11] = [
    "allowlist",
    "attribute-match",
    "blacklist",
    "consolation",
    "milestone",
    "purchase-rebate",
    "referral",
    "schedule",
    "sign-in",
    "unlock",
    "weight-tier",
];

/// What the components are made of, from the root of the workspace.
const SOURCES: [&str; 4] = ["guest-sdk/rust/src", "guest-sdk/rust/Cargo.toml", "wit", "host/authoring/src"];

#[expect(clippy::disallowed_methods, reason = "Cargo tells a build script by its environment")]
fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    rerun_for_sources(&root);
    let packages = RULES.map(|rule| format!("tombola-rule-{rule}"));
    let built = build(Build {
        cargo: &env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")),
        manifest: &root.join("Cargo.toml"),
        packages: &packages.each_ref().map(String::as_str),
        target_dir: &target_dir(&root),
        // They are small, tested, and in every new database.
        names: Names::LeftOut,
    })
    .context("the standard rules could not be built")?;

    let out = PathBuf::from(env::var_os("OUT_DIR").context("cargo sets OUT_DIR")?);
    let mut table = String::from("&[\n");
    for (rule, built) in RULES.iter().zip(built) {
        let file = out.join(format!("{rule}.wasm"));
        fs::write(&file, &built.component)?;
        let bytes = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{rule}.wasm\"))");
        let version = built.version;
        writeln!(table, "Standard {{ name: {rule:?}, version: {version:?}, component: {bytes} }},")?;
    }
    table.push(']');
    fs::write(out.join("standard.rs"), table)?;
    Ok(())
}

fn rerun_for_sources(root: &Path) {
    let rules = RULES.iter().flat_map(|rule| ["src", "Cargo.toml"].map(|part| format!("rules/{rule}/{part}")));
    for source in SOURCES.map(str::to_owned).into_iter().chain(rules) {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CARGO_TARGET_DIR");
}

/// Beside what the outer Cargo builds.
#[expect(clippy::disallowed_methods, reason = "Cargo tells a build script by its environment")]
fn target_dir(root: &Path) -> PathBuf {
    let outer = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    outer.join("rules")
}
