//! scratch
use std::path::Path;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let packages: Vec<&str> = args[1..].iter().map(String::as_str).collect();
    let r = tombola_authoring::build(tombola_authoring::Build {
        cargo: "cargo".as_ref(),
        manifest: Path::new(&args[0]),
        packages: &packages,
        target_dir: Path::new("/work/main/target/rules"),
    });
    match r {
        Ok(b) => {
            for b in b {
                println!("{} {}", b.package, b.component.len());
                std::fs::write(
                    format!("/tmp/rules/{}.wasm", b.package.trim_start_matches("tombola-rule-")),
                    b.component,
                )
                .unwrap();
            }
        }
        Err(e) => {
            println!("{e} {e:?}");
        }
    }
}
