/// What stands between the quotes of a text, as MySQL reads it: a doubled quote is one, and a backslash takes the meaning of what
/// follows, or gives it one.
pub(super) fn unquote(raw: &str, quote: char) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut letters = raw.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                // These two keep their backslash, since it has a meaning to `LIKE`.
                Some(wildcard @ ('%' | '_')) => text.extend(['\\', wildcard]),
                Some(escaped) => text.push(escape(escaped)),
                None => text.push('\\'),
            },
            _ if letter == quote => {
                text.push(quote);
                letters.next();
            }
            _ => text.push(letter),
        }
    }
    text
}

fn escape(letter: char) -> char {
    match letter {
        '0' => '\0',
        'b' => '\u{8}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'Z' => '\u{1a}',
        other => other,
    }
}
