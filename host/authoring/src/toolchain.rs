//! Finding a compiler for the target that rules have.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::environment;

/// What rules are compiled for: it knows no system interface, so a rule can't reach for one.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// How long a download of the target may take, before what is on the machine is used instead.
const DOWNLOAD_LIMIT: Duration = Duration::from_mins(1);

/// How often a download is looked at.
const DOWNLOAD_POLL: Duration = Duration::from_millis(100);

/// Where Debian's `rustc-web` installs its compiler.
const DEBIAN_COMPILER: &str = "/usr/bin/rustc";

/// A compiler that makes WebAssembly modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// The compiler.
    pub(crate) compiler: PathBuf,
    /// Where this has to be said: the linker. Such a compiler has the standard library as source only.
    pub(crate) linker: Option<PathBuf>,
}

/// Why there is no compiler.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// None is installed that can make WebAssembly modules.
    #[error(
        "no Rust compiler here can build for {TARGET}.\n\
         Install the target with `rustup target add {TARGET}`,\n\
         or Debian's compiler with `apt-get install --no-install-recommends rustc-web rust-web-src`"
    )]
    Missing,
    /// The second way was chosen, but nothing can link.
    #[error("there is no linker for {TARGET}: install one with `apt-get install --no-install-recommends lld`")]
    NoLinker,
    /// The compiler could not be asked.
    #[error("could not run {program}")]
    Run {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
}

impl Toolchain {
    /// The first of these that works: the ordinary compiler if it has the target; Debian's compiler for the web; the
    /// ordinary compiler after its target was downloaded.
    pub fn find() -> Result<Self, ToolchainError> {
        let ordinary = Path::new("rustc");
        if has_target(ordinary)? {
            return Ok(Self { compiler: ordinary.to_owned(), linker: None });
        }
        if let Some(compiler) = debian_compiler()? {
            return Ok(Self { linker: Some(linker(&compiler)?), compiler });
        }
        if download_target() && has_target(ordinary)? {
            return Ok(Self { compiler: ordinary.to_owned(), linker: None });
        }
        Err(ToolchainError::Missing)
    }
}

/// Whether the compiler has the target's standard library as a binary.
fn has_target(compiler: &Path) -> Result<bool, ToolchainError> {
    let libraries = print(compiler, &["--print", "target-libdir", "--target", TARGET])?;
    Ok(libraries.is_some_and(|libraries| libraries.join("").is_dir()))
}

/// Debian's compiler, if it is there together with the source of its standard library.
fn debian_compiler() -> Result<Option<PathBuf>, ToolchainError> {
    let compiler = Path::new(DEBIAN_COMPILER);
    if !compiler.is_file() {
        return Ok(None);
    }
    let root = print(compiler, &["--print", "sysroot"])?;
    let has_source = root.is_some_and(|root| root.join("lib/rustlib/src/rust/library/std/Cargo.toml").is_file());
    Ok(has_source.then(|| compiler.to_owned()))
}

/// The first linker that is there: the ordinary toolchain's own, then those of the system.
fn linker(debian: &Path) -> Result<PathBuf, ToolchainError> {
    let mut found = Vec::new();
    for compiler in [Path::new("rustc"), debian] {
        // Beside the libraries of the machine's own target there are the toolchain's programs.
        let libraries = print(compiler, &["--print", "target-libdir"])?;
        found.extend(libraries.map(|libraries| libraries.with_file_name("bin/rust-lld")));
    }
    found.extend(["/usr/bin/wasm-ld", "/usr/bin/rust-lld"].map(PathBuf::from));
    found.into_iter().find(|path| path.is_file()).ok_or(ToolchainError::NoLinker)
}

/// Asks rustup for the target. What matters is not whether it succeeds, but whether the target is there afterwards.
fn download_target() -> bool {
    let mut command = Command::new("rustup");
    let command = environment::clean(&mut command).args(["target", "add", TARGET]).stdin(Stdio::null());
    let Ok(mut child) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else { return false };
    let started = Instant::now();
    while started.elapsed() < DOWNLOAD_LIMIT {
        match child.try_wait() {
            Ok(None) => thread::sleep(DOWNLOAD_POLL),
            Ok(Some(status)) => return status.success(),
            Err(_) => break,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    false
}

/// The path that a compiler answers with; `None` where it refuses to answer.
fn print(compiler: &Path, arguments: &[&str]) -> Result<Option<PathBuf>, ToolchainError> {
    let mut command = Command::new(compiler);
    let output = environment::clean(&mut command).args(arguments).output();
    let failed = |source| ToolchainError::Run { program: compiler.display().to_string(), source };
    let output = output.map_err(failed)?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(output.status.success().then(|| PathBuf::from(OsStr::new(text.trim()))))
}
