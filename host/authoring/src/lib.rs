//! Builds the crates of rules into components.
//!
//! * A *package* is a Cargo package that uses the SDK and makes a `cdylib`. Its author writes no profile, no linker
//!   flag and no build script: [`build()`] brings all of that, so that every rule comes out in the shape that the host
//!   is tuned for (a small stack, one page of memory, no paths of the machine it was built on).
//! * A *module* is what the compiler makes of it, a *component* what [`component::encode`] makes of the module: a
//!   binary that describes itself, imports nothing, and carries the JSON Schema of its config and perhaps the [`Names`] of
//!   its functions.
//! * A [`Toolchain`] is what compiles: the ordinary one where it has the target, else Debian's compiler for the web.
//!
//! The schema is made by running the package natively: the export macro of the SDK gives the native library one
//! function that returns it, and [`build()`] loads the library and calls that. Building a package runs its author's
//! build scripts anyway, so this trusts nobody further.
//!
//! This crate never links the server, nor any engine that could run a component.

mod build;
mod cargo;
pub mod component;
mod environment;
mod names;
mod schema;
mod toolchain;

pub use build::{Build, BuildError, Built, build};
pub use cargo::CargoError;
pub use component::{ComponentError, SCHEMA_SECTION};
pub use names::Names;
pub use schema::SchemaError;
pub use toolchain::{Toolchain, ToolchainError};
