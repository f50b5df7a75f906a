//! Documents as operators read them.

use tombola_engine::document::Document;

use crate::big_market::Note;

/// A document that can't be written.
#[derive(Debug, thiserror::Error)]
#[error("writing the document of {campaign}")]
pub struct YamlError {
    campaign: String,
    source: serde_saphyr::ser::Error,
}

/// A document as YAML, below its notes as comments.
pub fn yaml(document: &Document, notes: &[Note]) -> Result<String, YamlError> {
    let error = |source| YamlError { campaign: document.campaign.clone(), source };
    let text = serde_saphyr::to_string(document).map_err(error)?;
    let comments = notes.iter().map(|note| format!("# {}\n", one_line(&note.to_string())));
    Ok(comments.chain([text]).collect())
}

/// What a dump holds may not end a comment.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') { ' ' } else { letter })
        .collect()
}
