//! A rule of somebody who has nothing but the SDK: its README's example, in a folder of its own.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;
use std::path::{Path, PathBuf};

use tombola_authoring::{Build, BuildError, Built, Names, SCHEMA_SECTION, build};
use wasmparser::{Parser, Payload};

/// The root of the workspace that the SDK is in.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The first block of a language in the SDK's README.
fn example(language: &str) -> String {
    let readme = fs::read_to_string(root().join("guest-sdk/rust/README.md")).unwrap();
    let (_, from) = readme.split_once(&format!("```{language}\n")).unwrap();
    from.split_once("```").unwrap().0.to_owned()
}

/// Writes the README's package into `folder`, with the SDK's own lock file, so that nothing newer is downloaded.
fn write_package(folder: &Path, name: &str) {
    let manifest = example("toml").replace("\"rollout\"", &format!("{name:?}"));
    let manifest = manifest.replace("../tombola", root().to_str().unwrap());
    fs::create_dir(folder.join("src")).unwrap();
    fs::write(folder.join("Cargo.toml"), manifest + "\n[workspace]\n").unwrap();
    fs::write(folder.join("src/lib.rs"), example("rust")).unwrap();
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

fn build_in(folder: &Path) -> Result<Vec<Built>, BuildError> {
    // The standard library may have to be built; the standard rules have done so already.
    let target_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("rules");
    build(Build {
        cargo: "cargo".as_ref(),
        manifest: &folder.join("Cargo.toml"),
        packages: &[],
        target_dir: &target_dir,
        names: Names::Kept,
    })
}

#[test]
fn the_example_builds_to_the_same_bytes_anywhere() {
    let built = [(); 2].map(|()| {
        let folder = tempfile::tempdir().unwrap();
        write_package(folder.path(), "rollout");
        build_in(folder.path()).unwrap().remove(0)
    });
    assert_eq!((built[0].package.as_str(), built[0].version.as_str()), ("rollout", "1.0.0"));
    assert!(built[0].component == built[1].component, "the bytes depend on the folder");

    let root = root();
    let path = root.to_str().unwrap().as_bytes();
    let leaks = built[0].component.windows(path.len()).any(|window| window == path);
    assert!(!leaks, "the component names the folder that it was built from");
    assert_eq!(schema(&built[0].component)["required"], serde_json::json!(["pool", "buckets"]));
}

#[test]
fn a_package_without_a_rule_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    write_package(folder.path(), "nothing");
    fs::write(folder.path().join("src/lib.rs"), "pub fn nothing() {}").unwrap();
    assert!(matches!(build_in(folder.path()), Err(BuildError::Component { package, .. }) if package == "nothing"));
}

fn schema(component: &[u8]) -> serde_json::Value {
    let sections = Parser::new(0).parse_all(component).filter_map(|payload| match payload.unwrap() {
        Payload::CustomSection(section) if section.name() == SCHEMA_SECTION => Some(section.data()),
        _ => None,
    });
    serde_json::from_slice(sections.last().unwrap()).unwrap()
}
