use super::{Account, Book, House, Lapse, LotChange, Refused, Transfer, Wish};
use crate::time::Timestamp;

/// What becomes of what was to be taken back from a player and had been spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shortfall {
    /// The player owes it, and what comes in next pays it.
    Debt,
    /// The house bears it.
    Loss,
}

/// How something that was given or taken is taken back.
#[derive(Debug, Clone, Copy)]
pub struct TakeBack<'a> {
    /// The transfers that it was made by.
    pub made: &'a [Transfer],
    /// What was taken back of it so far.
    pub so_far: i64,
    /// How much more is taken back; with that, at most what was moved in all.
    pub amount: i64,
    /// What holds where a player has spent it.
    pub shortfall: Shortfall,
}

impl Book {
    /// Moves back what was moved, the latest first, all of it or none. From a player it takes first what it had given, then what
    /// lapses soonest, and the rest is a [`Shortfall`]; to a player it gives what it had taken, with the time that was left of it.
    pub fn take_back(&mut self, at: Timestamp, wishes: &[TakeBack<'_>]) -> Result<Vec<Transfer>, Refused> {
        self.all_or_nothing(|book| {
            let mut made = Vec::with_capacity(wishes.len());
            for wish in wishes.iter().rev() {
                let (mut skipped, mut wanted) = (wish.so_far, wish.amount);
                for transfer in wish.made.iter().rev() {
                    let so_far = skipped.min(transfer.amount);
                    let amount = wanted.min(transfer.amount - so_far);
                    skipped -= so_far;
                    wanted -= amount;
                    if amount > 0 {
                        made.extend(book.move_back(at, transfer, Part { so_far, amount }, wish.shortfall)?);
                    }
                }
            }
            Ok(made)
        })
    }

    fn move_back(
        &mut self,
        at: Timestamp,
        made: &Transfer,
        part: Part,
        shortfall: Shortfall,
    ) -> Result<Vec<Transfer>, Refused> {
        let Account::Player(player) = &made.to else { return Ok(vec![self.give_back(at, made, part)?]) };
        let back = |from: &Account, amount| Wish {
            unit: made.unit.clone(),
            from: from.clone(),
            to: made.from.clone(),
            amount,
            lapse: Lapse::Never,
        };
        let bearer = match shortfall {
            Shortfall::Debt => Account::Debt(player.clone()),
            Shortfall::Loss => Account::House(House::Loss),
        };
        let gained = made.lots.iter().find(|lot| lot.change > 0).map(|lot| lot.lapse);
        let had = part.amount.min(self.spendable(&made.to, &made.unit, at));
        let parts = [(back(&made.to, had), gained), (back(&bearer, part.amount - had), None)];
        parts.iter().filter(|(wish, _)| wish.amount > 0).map(|(wish, first)| self.transfer(at, wish, *first)).collect()
    }

    /// Moves back what came from somebody. A player gets the lots again that it was taken from; what has lapsed meanwhile comes back
    /// as lapsed.
    fn give_back(
        &mut self,
        at: Timestamp,
        made: &Transfer,
        Part { so_far, amount }: Part,
    ) -> Result<Transfer, Refused> {
        let (unit, from, to) = (made.unit.clone(), made.to.clone(), made.from.clone());
        let Account::Player(player) = &to else {
            return self.transfer(at, &Wish { unit, from, to, amount, lapse: Lapse::Never }, None);
        };
        self.check(at, &from, &unit, amount)?;
        let lots = part_of(&made.lots, so_far, amount);
        self.change_lots(player, &unit, &lots);
        self.add(&from, &unit, -amount)?;
        self.add(&to, &unit, amount)?;
        Ok(Transfer { unit, from, to, amount, lots })
    }
}

/// Of one transfer, how much is taken back, and was before.
#[derive(Clone, Copy)]
struct Part {
    so_far: i64,
    amount: i64,
}

/// Of what was taken, the part of `amount` after the first `skipped`, latest to lapse first: who gets something back gets what
/// they can use the longest.
fn part_of(taken: &[LotChange], mut skipped: i64, mut amount: i64) -> Vec<LotChange> {
    let mut returned = Vec::new();
    for lot in taken.iter().rev().filter(|lot| lot.change < 0) {
        let before = skipped.min(-lot.change);
        let part = amount.min(-lot.change - before);
        skipped -= before;
        amount -= part;
        if part > 0 {
            returned.push(LotChange { lapse: lot.lapse, change: part });
        }
    }
    returned
}

/// Of a reward, what is to be taken back in all once `reversed` of the `whole` it was given for is reversed: its share, rounded
/// down, so that what stays is never less than what it was given for. All of it where all is reversed. Taking back what this
/// comes to now, less what it came to before, adds up to the reward however many steps it takes.
pub fn proportion(reward: i64, reversed: i64, whole: i64) -> i64 {
    if reversed >= whole {
        return reward;
    }
    let share = i128::from(reward) * i128::from(reversed.max(0)) / i128::from(whole);
    i64::try_from(share).expect("a share of an amount is no more than it")
}
