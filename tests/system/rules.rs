//! Rules as their authors build them.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Builds the SDK's README's rule as an author would, outside of the workspace and under a name of its own (other tests build the
/// same rule, and may do so at the same time), with its source changed, and answers the component.
pub(crate) async fn build_from_readme(name: &'static str, change: fn(&str) -> String) -> Vec<u8> {
    let build = move || build_in(TempDir::new().unwrap().path(), name, change);
    tokio::task::spawn_blocking(build).await.unwrap()
}

fn build_in(folder: &Path, name: &str, change: fn(&str) -> String) -> Vec<u8> {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest-sdk/rust").canonicalize().unwrap();
    let readme = std::fs::read_to_string(sdk.join("README.md")).unwrap();
    let block = |language: &str| {
        let start = format!("```{language}\n");
        readme.split_once(&start).and_then(|(_, rest)| rest.split_once("```")).unwrap().0.to_owned()
    };
    let manifest = block("toml").replace("../tombola/guest-sdk/rust", sdk.to_str().unwrap());
    let manifest = manifest.replace("name = \"rollout\"", &format!("name = {name:?}"));
    std::fs::write(folder.join("Cargo.toml"), manifest + "\n[workspace]\n").unwrap();
    std::fs::create_dir(folder.join("src")).unwrap();
    std::fs::write(folder.join("src/lib.rs"), change(&block("rust"))).unwrap();
    let component = folder.join("rule.wasm");
    let target = Path::new(env!("CARGO_BIN_EXE_tombola")).ancestors().nth(2).unwrap().join("rules");
    let build = Command::new(env!("CARGO_BIN_EXE_tombola"))
        .args(["rule", "build"])
        // Where the standard rules were built: the standard library for the target is there already.
        .arg("--target-dir")
        .arg(target)
        .arg(folder)
        .arg("-o")
        .arg(&component)
        .output()
        .unwrap();
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    std::fs::read(component).unwrap()
}
