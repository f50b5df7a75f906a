//! Reading the schema of a config out of a package's native library.
#![expect(unsafe_code, reason = "calling into a library that was just built can't be checked by the compiler")]

use std::ffi::{CStr, c_char};
use std::path::Path;

use libloading::{Library, Symbol};

/// The SDK's export macro defines one function of this name and the package's behind it, in native libraries only. It
/// takes nothing and returns a text that ends with a zero byte and is never freed.
const SYMBOL_PREFIX: &str = "tombola_config_schema_";

/// Why a schema could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The native library can't be loaded.
    #[error("the native library of `{package}` can't be loaded")]
    Load {
        /// The package.
        package: String,
        /// Why.
        source: libloading::Error,
    },
    /// It is no JSON, though the SDK makes nothing else.
    #[error("the schema of `{package}` is not JSON")]
    Json {
        /// The package.
        package: String,
        /// Why.
        source: serde_json::Error,
    },
}

/// The schema that a package's native library gives, as compact JSON; `None` where the package doesn't use the SDK.
pub(crate) fn read(package: &str, library: &Path) -> Result<Option<String>, SchemaError> {
    // SAFETY: loading runs what the package links into its start-up. It was built a moment ago with its author's build
    // scripts, so nothing runs here that could not have run already.
    let library = unsafe { Library::new(library) };
    let library = library.map_err(|source| SchemaError::Load { package: package.to_owned(), source })?;
    let name = format!("{SYMBOL_PREFIX}{package}\0");
    // SAFETY: only the SDK's macro defines this name, with exactly this type.
    let function: Result<Symbol<'_, unsafe extern "C" fn() -> *const c_char>, _> =
        unsafe { library.get(name.as_bytes()) };
    let Ok(function) = function else { return Ok(None) };
    // SAFETY: the macro's function has no conditions, and what it returns is a C string for as long as the process is.
    let text = unsafe { CStr::from_ptr(function()) };
    let schema: serde_json::Value = serde_json::from_slice(text.to_bytes())
        .map_err(|source| SchemaError::Json { package: package.to_owned(), source })?;
    Ok(Some(schema.to_string()))
}
