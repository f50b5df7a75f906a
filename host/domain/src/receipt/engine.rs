use std::fmt;

/// What stands before the release of the time-zone database.
const ZONES: &str = ", tzdb ";

/// What a draw depends on besides its revision, its facts and its seed: `wasmtime 48.0.8, costs 2, tombola:rule 1.0.0, tzdb 2026f`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Engine<'a> {
    /// What runs the rules: name and version of sandbox and interface. Fuel can only be compared within one.
    pub rules: &'a str,
    /// The release of the time-zone database, which says what a moment is called in the campaign's zone. Receipts of hosts
    /// that did not say it have none.
    pub zones: Option<&'a str>,
}

impl<'a> Engine<'a> {
    /// What a receipt's text says.
    pub fn read(text: &'a str) -> Self {
        match text.rsplit_once(ZONES) {
            Some((rules, zones)) => Self { rules, zones: Some(zones) },
            None => Self { rules: text, zones: None },
        }
    }
}

impl fmt::Display for Engine<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.rules)?;
        self.zones.map_or(Ok(()), |zones| write!(out, "{ZONES}{zones}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_go_there_and_back() {
        let check = |text: &str, rules, zones| {
            assert_eq!(Engine::read(text), Engine { rules, zones });
            assert_eq!(Engine { rules, zones }.to_string(), text);
        };
        check("wasmtime 48.0.8, tombola:rule 0.1.0, tzdb 2026f", "wasmtime 48.0.8, tombola:rule 0.1.0", Some("2026f"));
        check("wasmtime 48.0.8, tombola:rule 0.1.0", "wasmtime 48.0.8, tombola:rule 0.1.0", None);
        check("", "", None);
    }
}
