use super::{Account, Book, House, Lapse, Refused, Shortfall, TakeBack, Transfer, Wish};
use crate::hold::Hold;
use crate::time::Timestamp;

impl Book {
    /// Sets aside what a hold is of, out of the lots that lapse soonest.
    pub fn hold(&mut self, at: Timestamp, hold: &Hold) -> Result<Vec<Transfer>, Refused> {
        let (from, to) = (Account::Player(hold.player.clone()), Account::Held(hold.player.clone()));
        self.post(at, &[Wish { unit: hold.unit.clone(), from, to, amount: hold.amount, lapse: Lapse::Never }])
    }

    /// Takes so much of a hold, which is spent then, and gives the rest back to the lots that it came out of, what lasts longest first:
    /// it pays what the player owes by then, and what has lapsed meanwhile comes back as lapsed. `made` is what set it aside.
    pub fn end_hold(
        &mut self,
        at: Timestamp,
        hold: &Hold,
        made: &[Transfer],
        taken: i64,
    ) -> Result<Vec<Transfer>, Refused> {
        self.all_or_nothing(|book| {
            let mut transfers = Vec::with_capacity(2);
            if taken > 0 {
                let (from, to) = (Account::Held(hold.player.clone()), Account::House(House::Income));
                let wish = Wish { unit: hold.unit.clone(), from, to, amount: taken, lapse: Lapse::Never };
                transfers.push(book.transfer(at, &wish, None)?);
            }
            let rest = TakeBack { made, so_far: 0, amount: hold.amount - taken, shortfall: Shortfall::Debt };
            transfers.extend(book.take_back(at, &[rest])?);
            Ok(transfers)
        })
    }

    /// Gives back what was taken of a hold, to the lots that it came out of. `made` is what set it aside.
    pub fn void_hold(
        &mut self,
        at: Timestamp,
        hold: &Hold,
        made: &[Transfer],
        taken: i64,
    ) -> Result<Vec<Transfer>, Refused> {
        let spent = |made: &Transfer| Transfer { to: Account::House(House::Income), ..made.clone() };
        let made: Vec<_> = made.iter().map(spent).collect();
        // The rest came back when it was taken, what lasts longest first.
        let so_far = hold.amount - taken;
        self.take_back(at, &[TakeBack { made: &made, so_far, amount: taken, shortfall: Shortfall::Debt }])
    }
}
