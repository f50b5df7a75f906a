use sqlparser::tokenizer::{Location, Token, TokenWithSpan};

use super::DumpError;

/// A statement on the way from its first word to its last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'t> {
    rest: &'t [TokenWithSpan],
    /// Of the word that was taken last, for a statement that ends too early.
    last: Location,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(statement: &'t [TokenWithSpan]) -> Self {
        Self { rest: statement, last: statement.first().map_or(Location::new(1, 1), |first| first.span.start) }
    }

    /// Of the next word, or of the last where there is none.
    pub(super) fn place(&self) -> Location {
        self.rest.first().map_or(self.last, |next| next.span.start)
    }

    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.rest.first().map(|next| &next.token)
    }

    pub(super) fn next(&mut self) -> Option<&'t Token> {
        let (next, rest) = self.rest.split_first()?;
        (self.rest, self.last) = (rest, next.span.start);
        Some(&next.token)
    }

    /// Takes the next word where it is this one.
    pub(super) fn takes(&mut self, token: &Token) -> bool {
        let is_it = self.peek() == Some(token);
        if is_it {
            self.next();
        }
        is_it
    }

    /// Takes the next word where it is one of these, which stand in upper case.
    pub(super) fn takes_word(&mut self, words: &[&str]) -> bool {
        let is_it =
            self.peek().and_then(plain).is_some_and(|word| words.iter().any(|one| word.eq_ignore_ascii_case(one)));
        if is_it {
            self.next();
        }
        is_it
    }

    /// The word that says what the statement does, in upper case.
    pub(super) fn verb(&mut self) -> Option<String> {
        let verb = self.peek().and_then(plain)?.to_ascii_uppercase();
        self.next();
        Some(verb)
    }

    /// A name as it is written, without its quotes.
    pub(super) fn name(&mut self) -> Result<String, DumpError> {
        let place = self.place();
        match self.next() {
            Some(Token::Word(word)) if word.quote_style.is_some() => Ok(word.value.replace("``", "`")),
            Some(Token::Word(word)) => Ok(word.value.clone()),
            _ => Err(DumpError::at(place, "a name is missing here", "dump the tables anew")),
        }
    }

    /// The name of a table, without that of its database.
    pub(super) fn table(&mut self) -> Result<String, DumpError> {
        let mut name = self.name()?;
        while self.takes(&Token::Period) {
            name = self.name()?;
        }
        Ok(name)
    }

    /// The words up to the next comma or closing parenthesis that is not within parentheses of their own.
    pub(super) fn item(&mut self) -> &'t [TokenWithSpan] {
        let mut depth = 0_usize;
        let is_end = |token: &Token| {
            match token {
                Token::LParen => depth += 1,
                Token::RParen if depth > 0 => depth -= 1,
                Token::RParen => return true,
                Token::Comma => return depth == 0,
                _ => {}
            }
            false
        };
        let end = self.rest.iter().map(|word| &word.token).position(is_end).unwrap_or(self.rest.len());
        let (item, rest) = self.rest.split_at(end);
        self.last = item.last().map_or(self.last, |word| word.span.start);
        self.rest = rest;
        item
    }

    pub(super) fn expect(&mut self, token: &Token, hint: &'static str) -> Result<(), DumpError> {
        let place = self.place();
        if self.takes(token) {
            return Ok(());
        }
        let found = self.peek().map_or_else(|| "the statement ends".to_owned(), |found| format!("'{found}' stands"));
        Err(DumpError::at(place, format!("{found} where '{token}' is needed"), hint))
    }
}

/// A word without quotes.
pub(super) fn plain(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(&word.value),
        _ => None,
    }
}
