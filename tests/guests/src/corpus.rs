//! All hostile guests: the files of `wat/`, and what is generated.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use crate::frame::framed;
use crate::generated::GENERATED;

/// What every file of a guest begins with.
const COMMENT: &str = ";; ";

/// One hostile guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hostile {
    /// As it describes itself, if it gets that far.
    pub name: String,
    /// What it does, in a sentence.
    pub what: String,
    /// It: most often a component, sometimes anything else.
    pub component: Vec<u8>,
}

/// Every hostile guest, by name.
///
/// # Panics
/// If a file of the corpus can't be read, says not what it does, or is no text of WebAssembly.
pub fn corpus() -> BTreeMap<String, Hostile> {
    let written = written().expect("the corpus can be read");
    let generated = GENERATED.iter().map(|(name, what, make)| Hostile {
        name: (*name).to_owned(),
        what: (*what).to_owned(),
        component: make(name),
    });
    written.into_iter().chain(generated).map(|guest| (guest.name.clone(), guest)).collect()
}

/// The hostile guest of this name.
///
/// # Panics
/// If there is none.
pub fn hostile(name: &str) -> Hostile {
    corpus().remove(name).unwrap_or_else(|| panic!("there is no guest `{name}`"))
}

fn written() -> io::Result<Vec<Hostile>> {
    let mut guests = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("wat"))? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("file names are UTF-8");
        guests.push(read(name, &fs::read_to_string(&path)?));
    }
    Ok(guests)
}

fn read(name: &str, text: &str) -> Hostile {
    let mut lines = text.lines().map_while(|line| line.strip_prefix(COMMENT)).peekable();
    assert!(lines.peek().is_some(), "{name} begins with what it does, after `{COMMENT}`");
    let what = lines.collect::<Vec<_>>().join(" ");
    let code = text.lines().skip_while(|line| line.starts_with(COMMENT)).collect::<Vec<_>>().join("\n");
    let is_whole = code.trim_start().starts_with("(component") || code.trim_start().starts_with("(module");
    let component = if is_whole {
        wat::parse_str(&code).unwrap_or_else(|error| panic!("{name}: {error}"))
    } else {
        framed(name, &code)
    };
    Hostile { name: name.to_owned(), what, component }
}
