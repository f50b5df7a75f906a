//! What money depends on, summed up by each database itself.

use tombola_store_sql::db::{self, Connection, Row};

use crate::error::{CopyError, Side};

/// The sums of one side.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Of the latest entry in the feed.
    pub(crate) position: i64,
    /// Of each campaign, the units that it has and those that are issued.
    stock: Vec<(String, i64, i64)>,
    /// Of each unit, what all accounts come to.
    ledger: Vec<(String, i64)>,
}

impl Sums {
    pub(crate) async fn of(connection: &mut Connection, side: Side) -> Result<Self, CopyError> {
        let sums = async {
            let position = db::query_scalar("SELECT position FROM committer").fetch_one(connection).await?;
            let stock = db::query(
                "SELECT campaign, sum(allotted) AS allotted, sum(issued) AS issued FROM stock GROUP BY campaign ORDER BY campaign",
            );
            let stock = stock.fetch_all(connection).await?;
            let of_campaign =
                |row: &Row| Ok((row.try_get("campaign")?, row.try_get("allotted")?, row.try_get("issued")?));
            let stock = stock.iter().map(of_campaign).collect::<Result<_, sqlx::Error>>()?;
            let ledger = db::query("SELECT unit, sum(balance) AS balance FROM accounts GROUP BY unit ORDER BY unit");
            let ledger = ledger.fetch_all(connection).await?;
            let ledger = ledger.iter().map(|row| Ok((row.try_get("unit")?, row.try_get("balance")?)));
            Ok(Self { position, stock, ledger: ledger.collect::<Result<_, sqlx::Error>>()? })
        };
        sums.await.map_err(side.failed())
    }

    /// Whatever was given to somebody was taken from somebody.
    pub(crate) fn balance(&self) -> Result<(), CopyError> {
        match self.ledger.iter().find(|(_, sum)| *sum != 0) {
            Some((unit, sum)) => Err(CopyError::Ledger { unit: unit.clone(), sum: *sum }),
            None => Ok(()),
        }
    }

    /// Whether another side has the same.
    pub(crate) fn equal(&self, other: &Self) -> Result<(), CopyError> {
        let sums = [
            (self.position == other.position, "the position of the feed"),
            (self.stock == other.stock, "the stock"),
            (self.ledger == other.ledger, "the ledger"),
        ];
        match sums.into_iter().find(|(is_equal, _)| !is_equal) {
            Some((_, what)) => Err(CopyError::Sums { what }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums() -> Sums {
        let stock = vec![("spring".to_owned(), 10, 3)];
        Sums { position: 7, stock, ledger: vec![("coins".to_owned(), 0), ("points".to_owned(), 0)] }
    }

    #[test]
    fn what_differs_is_named() {
        assert!(sums().equal(&sums()).is_ok() && sums().balance().is_ok());
        let check = |change: fn(&mut Sums), expected: &str| {
            let mut other = sums();
            change(&mut other);
            let differs = sums().equal(&other).unwrap_err().to_string();
            assert!(differs.contains(expected), "{differs}");
        };
        check(|other| other.position = 8, "feed");
        check(|other| other.stock[0].2 = 4, "stock");
        check(|other| drop(other.ledger.pop()), "ledger");
        let mut wrong = sums();
        wrong.ledger[1].1 = -2;
        let why = wrong.balance().unwrap_err().to_string();
        assert!(why.contains("points come to -2"), "{why}");
    }
}
