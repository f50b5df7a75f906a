//! Pools and their odds.

use tombola_domain::odds::{Share, Table, TableError};

use super::Check;
use crate::document::{DEFAULT_POOL, NOTHING, ShareText};
use crate::finding::{Code, within};
use crate::pipeline::Pool;

impl Check<'_> {
    pub(super) fn all_pools(&mut self) -> Option<Vec<Pool>> {
        if !self.document.pools.contains_key(DEFAULT_POOL) {
            let hint = "Call the pool that is drawn from when no guard chooses another `default`.";
            self.findings.add(Code::NoDefaultPool, "/pools", "there is no pool called 'default'", hint);
        }
        let pools: Vec<_> = self.document.pools.keys().map(|name| self.one_pool(name)).collect();
        pools.into_iter().collect()
    }

    fn one_pool(&mut self, name: &str) -> Option<Pool> {
        let place = within("/pools", name);
        let written = &self.document.pools[name];
        let mut shares = Vec::with_capacity(written.len());
        let mut entries = Vec::with_capacity(written.len());
        for (prize, share) in written {
            let place = within(&place, prize);
            shares.push(self.share(share, &place));
            entries.push(match prize.as_str() {
                NOTHING => Some(None),
                _ => self.prize_named(prize, &place).map(Some),
            });
        }
        let shares: Option<Vec<Share>> = shares.into_iter().collect();
        let table = self.table(&shares?, &place);
        Some(Pool {
            name: self.name(name, &place)?,
            table: table?,
            entries: entries.into_iter().collect::<Option<_>>()?,
        })
    }

    fn share(&mut self, share: &ShareText, place: &str) -> Option<Share> {
        match share {
            ShareText::Weight(weight) => Some(Share::Weight(*weight)),
            ShareText::Text(text) => match text.parse() {
                Ok(share) => Some(share),
                Err(error) => {
                    let error: tombola_domain::odds::ShareError = error;
                    let hint = "Write for example \"0.0001\", \"1/5\" or rest; leave out what can't be won.";
                    self.findings.add(Code::InvalidOdds, place, format!("'{text}': {error}"), hint);
                    None
                }
            },
        }
    }

    fn table(&mut self, shares: &[Share], place: &str) -> Option<Table> {
        let error = match Table::new(shares) {
            Ok(table) => return Some(table),
            Err(error) => error,
        };
        let (code, hint) = match error {
            TableError::Sum(..) => (Code::OddsSum, "Mend a share, or give `nothing` or a prize the `rest`."),
            TableError::NothingLeft => (Code::OddsSum, "Leave the entry out, or lower another share."),
            TableError::TooFine => (Code::OddsTooFine, "Use denominators that share factors, such as powers of ten."),
            TableError::Empty => (Code::InvalidOdds, "Add `nothing: rest`, or prizes."),
            TableError::Zero(_) => (Code::InvalidOdds, "Leave out what can't be won."),
            TableError::Mixed | TableError::TwoRests => {
                (Code::InvalidOdds, "Use either integer weights, or decimals and fractions with one `rest` at most.")
            }
        };
        self.findings.add(code, place, error.to_string(), hint);
        None
    }
}
