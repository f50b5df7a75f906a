/// The fenced blocks of this language in a Markdown text, in order.
pub fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    // Between two fences stands either a block or prose, in turn.
    let blocks = text.split("```").skip(1).step_by(2);
    blocks
        .filter_map(|block| block.split_once('\n'))
        .filter(|(info, _)| *info == language)
        .map(|(_, body)| body)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_by_language() {
        let text = "a\n```yaml\nb: 1\n```\nc\n```text\nd\n```\n```yaml\ne\n```\n";
        assert_eq!(blocks(text, "yaml"), ["b: 1\n", "e\n"]);
        assert_eq!(blocks(text, "text"), ["d\n"]);
    }
}
