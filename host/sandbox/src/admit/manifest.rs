//! What a module says of itself, held to the contract.

use tombola_engine::rule::{AdmitError, Manifest};

use super::Inspection;
use crate::interface::v1;

/// Bytes of a module's name.
const NAME_BYTES_MAX: usize = 64;
/// Bytes of its version.
const VERSION_BYTES_MAX: usize = 64;
/// Bytes of its summary.
const SUMMARY_BYTES_MAX: usize = 512;

/// The manifest of a module that said `described` and in which `inspection` was found.
pub(crate) fn manifest(described: v1::Manifest, inspection: Inspection) -> Result<Manifest, AdmitError> {
    let v1::Manifest { name, version, summary } = described;
    if !is_name(&name) {
        return Err(AdmitError::Describe(format!(
            "its name {} isn't 1 to {NAME_BYTES_MAX} lower-case letters, digits and hyphens",
            quoted(&name)
        )));
    }
    if summary.len() > SUMMARY_BYTES_MAX {
        return Err(AdmitError::Describe(format!(
            "its summary has {} bytes; {SUMMARY_BYTES_MAX} are allowed",
            summary.len()
        )));
    }
    Ok(Manifest {
        version: parse_version(&version)?,
        name,
        summary,
        kinds: inspection.interfaces.iter().map(|interface| interface.kind()).collect(),
        config_schema: inspection.config_schema,
    })
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(allowed)
}

fn parse_version(version: &str) -> Result<semver::Version, AdmitError> {
    let wrong =
        |why: String| AdmitError::Describe(format!("its version {} is no semantic version: {why}", quoted(version)));
    if version.len() > VERSION_BYTES_MAX {
        return Err(wrong(format!("{VERSION_BYTES_MAX} bytes are allowed")));
    }
    version.parse().map_err(|error: semver::Error| wrong(error.to_string()))
}

/// The beginning of a stranger's text, made harmless.
fn quoted(text: &str) -> String {
    format!("{:?}", &text[..text.floor_char_boundary(NAME_BYTES_MAX)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, version: &str, summary: &str, expected: &str) {
        let described =
            v1::Manifest { name: name.to_owned(), version: version.to_owned(), summary: summary.to_owned() };
        let result = match manifest(described, Inspection::default()) {
            Ok(manifest) => format!("{}@{}", manifest.name, manifest.version),
            Err(error) => error.to_string(),
        };
        assert!(result.contains(expected), "{result}");
    }

    #[test]
    fn names_versions_and_summaries_are_held_to_the_contract() {
        check("weight-tier-2", "1.2.3-rc.1", "", "weight-tier-2@1.2.3-rc.1");
        check("", "1.0.0", "", "name \"\" isn't");
        check("Weight", "1.0.0", "", "name \"Weight\" isn't");
        check("a\nb", "1.0.0", "", r#"name "a\nb" isn't"#);
        check(&"a".repeat(65), "1.0.0", "", "isn't 1 to 64");
        check("a", "1.0", "", "version \"1.0\" is no semantic version");
        check("a", &format!("1.0.0-{}", "a".repeat(64)), "", "64 bytes are allowed");
        check("a", "1.0.0", &"é".repeat(300), "600 bytes; 512 are allowed");
    }
}
