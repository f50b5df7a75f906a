//! What the inner Cargo inherits.

use std::process::Command;

/// Variables with these beginnings are Cargo's own settings of place and network; they stay.
const KEPT: [&str; 6] =
    ["CARGO_HOME", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTRIES_", "CARGO_REGISTRY_", "CARGO_TERM_"];

/// Variables with these beginnings shape a build.
const SHAPING: [&str; 5] = ["CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS", "CLIPPY_"];

/// What an outer Cargo tells a build script of its own build.
const TOLD: [&str; 11] = [
    "DEBUG",
    "HOST",
    "LD_LIBRARY_PATH",
    "MAKEFLAGS",
    "MFLAGS",
    "NUM_JOBS",
    "OPT_LEVEL",
    "OUT_DIR",
    "PROFILE",
    "TARGET",
    "__CARGO_DEFAULT_LIB_METADATA",
];

/// Takes out of `command` what an outer Cargo, Clippy or shell would change about the build: the same source must come
/// out of the same compiler as the same bytes, wherever it is built from.
#[expect(clippy::disallowed_methods, reason = "what the inner Cargo inherits can't be known otherwise")]
pub(crate) fn clean(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(shapes_a_build) {
            command.env_remove(name);
        }
    }
    command
}

fn shapes_a_build(name: &str) -> bool {
    let starts_with_one_of = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
    TOLD.contains(&name) || (starts_with_one_of(&SHAPING) && !starts_with_one_of(&KEPT))
}

#[cfg(test)]
mod tests {
    use super::shapes_a_build;

    #[test]
    fn only_place_and_network_are_inherited() {
        for name in [
            "CARGO_ENCODED_RUSTFLAGS",
            "RUSTFLAGS",
            "RUSTC_WORKSPACE_WRAPPER",
            "CARGO_TARGET_DIR",
            "CARGO",
            "CARGO_PROFILE_RELEASE_LTO",
            "RUSTC",
            "OUT_DIR",
            "CARGO_MAKEFLAGS",
            "CARGO_BUILD_TARGET",
            "CARGO_PKG_NAME",
        ] {
            assert!(shapes_a_build(name), "{name}");
        }
        for name in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "CARGO_NET_OFFLINE"] {
            assert!(!shapes_a_build(name), "{name}");
        }
    }
}
