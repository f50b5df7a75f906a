//! From packages to components.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use crate::cargo::{Cargo, CargoError, Library, Metadata, Package};
use crate::component::{self, ComponentError};
use crate::names::Names;
use crate::schema::{self, SchemaError};
use crate::toolchain::{Toolchain, ToolchainError};

/// What to build, and where.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// The program to call, usually `cargo`.
    pub cargo: &'a OsStr,
    /// The `Cargo.toml` of a package, or of the workspace that `packages` are in.
    pub manifest: &'a Path,
    /// Names of packages; empty for the one that `manifest` describes.
    pub packages: &'a [&'a str],
    /// Where Cargo keeps what it built. The standard library may have to be built too, so keep it between builds. It
    /// must not be that of a Cargo that is waiting for this build. Packages of one name must not be built there at the
    /// same time: Cargo puts what it made of them into the same file.
    pub target_dir: &'a Path,
    /// Whether the components name their functions.
    pub names: Names,
}

/// A rule's package, built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The package's name.
    pub package: String,
    /// The package's version, which is the rule's.
    pub version: String,
    /// The component.
    pub component: Vec<u8>,
}

/// Why a package could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is nothing to build with.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// Cargo failed.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// The workspace has no such package.
    #[error("there is no package `{0}` in the workspace")]
    NoPackage(String),
    /// The manifest describes a workspace and no package.
    #[error("`{0}` describes no package: name one")]
    Virtual(PathBuf),
    /// The package makes no dynamic library.
    #[error("the package `{0}` makes no component: write `crate-type = [\"cdylib\", \"rlib\"]` under `[lib]`")]
    NoLibrary(String),
    /// The schema of the config could not be made.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A module makes no rule.
    #[error("the package `{package}` makes no rule")]
    Component {
        /// The package.
        package: String,
        /// Why.
        source: ComponentError,
    },
    /// Something that was built can't be read.
    #[error("could not read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Builds packages into components, in the order in which they were asked for.
///
/// Cargo is called once for all modules and once for all schemas. What the compiler has to say goes to standard error.
pub fn build(request: Build<'_>) -> Result<Vec<Built>, BuildError> {
    let toolchain = Toolchain::find()?;
    let Build { cargo, manifest, target_dir, .. } = request;
    let cargo = Cargo { program: cargo, toolchain: &toolchain, manifest, target_dir, names: request.names };
    let metadata = cargo.metadata()?;
    let packages = chosen(request, &metadata)?;
    let modules = by_package(cargo.modules(&packages, &metadata)?);
    let natives = by_package(cargo.natives(&packages)?);
    packages.into_iter().map(|package| finish(package, &modules, &natives, request.names)).collect()
}

/// The packages that are asked for.
fn chosen<'m>(request: Build<'_>, metadata: &'m Metadata) -> Result<Vec<&'m Package>, BuildError> {
    if request.packages.is_empty() {
        let manifest = request.manifest.canonicalize();
        let manifest = manifest.map_err(|source| BuildError::Read { path: request.manifest.to_owned(), source })?;
        let package = metadata.packages.iter().find(|package| package.manifest_path == manifest);
        return Ok(vec![package.ok_or(BuildError::Virtual(manifest))?]);
    }
    let find = |name: &&str| {
        let package = metadata.packages.iter().find(|package| package.is_local() && package.name == *name);
        package.ok_or_else(|| BuildError::NoPackage((*name).to_owned()))
    };
    request.packages.iter().map(find).collect()
}

fn by_package(libraries: Vec<Library>) -> HashMap<String, PathBuf> {
    libraries.into_iter().map(|library| (library.package_id, library.file)).collect()
}

fn finish(
    package: &Package,
    modules: &HashMap<String, PathBuf>,
    natives: &HashMap<String, PathBuf>,
    names: Names,
) -> Result<Built, BuildError> {
    let missing = || BuildError::NoLibrary(package.name.clone());
    let path = modules.get(&package.id).ok_or_else(missing)?;
    let native = natives.get(&package.id).ok_or_else(missing)?;
    let module = std::fs::read(path).map_err(|source| BuildError::Read { path: path.clone(), source })?;
    let schema = schema::read(&package.name, native)?;
    let component = component::encode(&module, schema.as_deref(), names);
    let component = component.map_err(|source| BuildError::Component { package: package.name.clone(), source })?;
    Ok(Built { package: package.name.clone(), version: package.version.clone(), component })
}
