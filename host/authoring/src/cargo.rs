//! Calling Cargo, and understanding what it says.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::environment;
use crate::names::Names;
use crate::toolchain::{TARGET, Toolchain};

/// The profile of rules. It is defined on the command line, so authors need not know it.
const PROFILE: &str = "rule";

/// What modules and native libraries have in common. What runs while they are compiled is the same for both, so it is
/// compiled once.
const PROFILE_BASE: [&str; 4] = [
    "profile.rule.inherits = 'release'",
    "profile.rule.debug = false",
    "profile.rule.build-override.opt-level = 0",
    "profile.rule.build-override.debug = false",
];

/// The shape of a rule's module: small, whole-program, and without what only a debugger would read.
const MODULE_SHAPE: [&str; 4] = [
    "profile.rule.opt-level = 's'",
    "profile.rule.lto = 'fat'",
    "profile.rule.codegen-units = 1",
    "profile.rule.panic = 'abort'",
];

/// Native libraries run once, for a moment.
const NATIVE_SHAPE: [&str; 2] = ["profile.rule.opt-level = 0", "profile.rule.lto = 'off'"];

/// The package of the SDK.
const SDK: &str = "tombola-rule";

/// Bytes of a rule's stack. With it and a small config, all of a rule's memory is one page of 64 KiB.
const STACK_BYTES: u32 = 16 * 1024;

/// Why Cargo gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum CargoError {
    /// It could not be started.
    #[error("could not run cargo")]
    Run(#[from] io::Error),
    /// It failed; what it had to say stands on standard error already, or here.
    #[error("cargo {task} failed{said}")]
    Failed {
        /// What it was asked to do.
        task: &'static str,
        /// What it said, where it could not say so itself.
        said: String,
    },
    /// It said something that was not understood.
    #[error("cargo said something unexpected")]
    Unexpected(#[from] serde_json::Error),
}

/// What Cargo knows of a workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_root: PathBuf,
}

/// One package of it, or one that it depends on.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) manifest_path: PathBuf,
    /// Where it comes from; `None` for a folder.
    source: Option<String>,
}

impl Package {
    /// Whether it is in a folder, rather than downloaded.
    pub(crate) fn is_local(&self) -> bool {
        self.source.is_none()
    }
}

/// A library that was built, or found to be up to date.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) package_id: String,
    pub(crate) file: PathBuf,
}

/// A Cargo, with all that is the same over its calls.
#[derive(Debug)]
pub(crate) struct Cargo<'a> {
    pub(crate) program: &'a OsStr,
    pub(crate) toolchain: &'a Toolchain,
    pub(crate) manifest: &'a Path,
    pub(crate) target_dir: &'a Path,
    pub(crate) names: Names,
}

impl Cargo<'_> {
    /// Everything that the manifest's workspace consists of.
    pub(crate) fn metadata(&self) -> Result<Metadata, CargoError> {
        let mut command = self.command("metadata");
        let output = command.args(["--format-version", "1"]).output()?;
        if !output.status.success() {
            let said = format!(":\n{}", String::from_utf8_lossy(&output.stderr));
            return Err(CargoError::Failed { task: "metadata", said });
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Builds `packages` as WebAssembly modules, all in one call.
    pub(crate) fn modules(&self, packages: &[&Package], metadata: &Metadata) -> Result<Vec<Library>, CargoError> {
        let mut command = self.command("build");
        command.args(["--target", TARGET]);
        if let Some(linker) = &self.toolchain.linker {
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            command.arg("-Zbuild-std=std,panic_abort");
        }
        command.env("CARGO_ENCODED_RUSTFLAGS", module_flags(metadata));
        // A linker that may drop all names packs a module more tightly.
        let strip = match self.names {
            Names::Kept => "profile.rule.strip = 'debuginfo'",
            Names::LeftOut => "profile.rule.strip = true",
        };
        command.args(["--config", strip]);
        libraries(command, &MODULE_SHAPE, packages, "wasm")
    }

    /// Builds `packages` as libraries of this machine, all in one call.
    pub(crate) fn natives(&self, packages: &[&Package]) -> Result<Vec<Library>, CargoError> {
        let mut command = self.command("build");
        // No flags of the user's either: an empty list overrides those of any configuration file.
        command.env("CARGO_ENCODED_RUSTFLAGS", "");
        libraries(command, &NATIVE_SHAPE, packages, std::env::consts::DLL_EXTENSION)
    }

    fn command(&self, task: &str) -> Command {
        let mut command = Command::new(self.program);
        environment::clean(&mut command).arg(task).arg("--manifest-path").arg(self.manifest);
        command.env("CARGO_TARGET_DIR", self.target_dir).env("RUSTC", &self.toolchain.compiler).stdin(Stdio::null());
        if self.toolchain.linker.is_some() {
            // Building the standard library is not stable; the compiler is one, and this says that we know.
            command.env("RUSTC_BOOTSTRAP", "1");
        }
        command
    }
}

/// Runs a build and gathers the dynamic libraries that it left.
fn libraries(
    mut command: Command,
    shape: &[&str],
    packages: &[&Package],
    extension: &str,
) -> Result<Vec<Library>, CargoError> {
    command.args(["--lib", "--message-format", "json-render-diagnostics", "--profile", PROFILE]);
    for setting in PROFILE_BASE.iter().chain(shape) {
        command.args(["--config", setting]);
    }
    for package in packages {
        command.arg("--package").arg(&package.id);
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(CargoError::Failed { task: "build", said: String::new() });
    }
    let mut libraries = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: Message = serde_json::from_str(line)?;
        let file = message.filenames.into_iter().find(|file| file.extension() == Some(OsStr::new(extension)));
        libraries.extend(file.map(|file| Library { package_id: message.package_id, file }));
    }
    Ok(libraries)
}

/// One line of a build's output; other kinds of lines have none of these fields.
#[derive(Debug, Deserialize)]
struct Message {
    #[serde(default)]
    package_id: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// The compiler's flags for modules.
///
/// Paths of this machine are cut, so that the bytes don't depend on where they are built: those of folders that hold
/// downloaded crates, and of local packages outside of the workspace. Packages inside are compiled by relative paths.
/// The SDK counts as outside wherever it is, so that its own workspace and an author's can share what they build.
fn module_flags(metadata: &Metadata) -> OsString {
    let is_outside = |package: &&Package| {
        package.name == SDK || !package.manifest_path.starts_with(&metadata.workspace_root) || !package.is_local()
    };
    let folder = |package: &'_ Package| package.manifest_path.ancestors().nth(2).map(Path::to_owned);
    let folders: BTreeSet<PathBuf> = metadata.packages.iter().filter(is_outside).filter_map(folder).collect();
    let mut flags = vec![OsString::from(format!("-Clink-arg=-zstack-size={STACK_BYTES}"))];
    flags.extend(folders.iter().map(|folder| remap(folder)));
    flags.join(OsStr::new("\u{1f}"))
}

fn remap(folder: &Path) -> OsString {
    let mut flag = OsString::from("--remap-path-prefix=");
    flag.push(folder);
    flag.push("=/crates");
    flag
}
