use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use tombola_authoring::{Build as Request, Built, Names, build};
use tombola_domain::digest::Digest;

use crate::exit::{Ended, UsageError};

/// Build a rule's package into a component
///
/// What the compiler has to say goes to standard error.
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// Folder of the package
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// File to write the component to; the package's name and .wasm in this folder where it isn't given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Folder for what is built on the way; target/tombola in the package's where it isn't given
    #[arg(long, value_name = "FOLDER")]
    target_dir: Option<PathBuf>,
    /// Print JSON with package, version, file, size in bytes and digest
    #[arg(long)]
    json: bool,
}

impl Build {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { folder, output, target_dir, json } = self;
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            return Err(UsageError::new(format!("there is no package in {}", folder.display())).into());
        }
        let target_dir = target_dir.unwrap_or_else(|| folder.join("target/tombola"));
        let target_dir = std::path::absolute(&target_dir).context("finding the folder to build in")?;
        let (cargo, names) = ("cargo".as_ref(), Names::Kept);
        let request = Request { cargo, manifest: &manifest, packages: &[], target_dir: &target_dir, names };
        let built = build(request)?.pop().expect("one package is built for a manifest");
        let Built { package, version, component } = built;
        let file = output.unwrap_or_else(|| PathBuf::from(format!("{package}.wasm")));
        std::fs::write(&file, &component).with_context(|| format!("writing {}", file.display()))?;
        let (size, digest) = (component.len(), Digest::of(&component));
        let file = file.display().to_string();
        if json {
            let digest = digest.to_string();
            let line = serde_json::json!(
                {"package": package, "version": version, "file": file, "size": size, "digest": digest}
            );
            println!("{line}");
        } else {
            println!("{file}: {package} {version}, {size} bytes\n  {digest}");
        }
        Ok(Ended::Done)
    }
}
