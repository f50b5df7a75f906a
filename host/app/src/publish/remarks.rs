//! The warnings of a publish, as they are kept for whoever repeats it: the same document may be warned of otherwise by then.

use serde_json::{Value, json};
use tombola_engine::finding::{Code, Finding};

pub(super) fn written(findings: &[Finding]) -> String {
    let finding = |Finding { code, place, message, hint }: &Finding| json!([code.as_str(), place, message, hint]);
    findings.iter().map(finding).collect::<Value>().to_string()
}

/// Warnings of kinds that are not known any more are left out.
pub(super) fn read(text: &str) -> Vec<Finding> {
    let finding = |(code, place, message, hint): (String, String, String, String)| {
        let code = Code::ALL.iter().find(|known| known.as_str() == code)?;
        Some(Finding { code: *code, place, message, hint })
    };
    let findings: Vec<_> = serde_json::from_str(text).unwrap_or_default();
    findings.into_iter().filter_map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_read_back() {
        let finding = |code| Finding {
            code,
            place: "/pools/better".to_owned(),
            message: "no guard chooses \"better\"".to_owned(),
            hint: String::new(),
        };
        for findings in [vec![], vec![finding(Code::UnusedPool), finding(Code::UnusedTree)]] {
            assert_eq!(read(&written(&findings)), findings);
        }
        assert_eq!(read(""), []);
        assert_eq!(read(r#"[["of-old", "", "", ""]]"#), []);
    }
}
