use std::collections::BTreeSet;

use super::{Account, Book, House, Lapse, LotChange, Refused, Transfer, Wish};
use crate::id::{PlayerId, UnitName};
use crate::time::Timestamp;

/// What becomes of what was to be taken back from a player and had been spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shortfall {
    /// The player owes it, and what comes in next pays it.
    Debt,
    /// The house bears it, but for what holds have set aside: that is not spent yet, and pays when it comes back.
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
    /// lapses soonest, and the rest is a [`Shortfall`]; to a player it gives what it had taken, with the time that was left of it, and
    /// that pays first what they owe, as what comes in does. What had paid a debt is owed again, and paid with what can be spent. So
    /// nobody who owes has anything to spend.
    ///
    /// Where what it had given has lapsed, as much as did of its lot is what is taken back, and the house gives it up; no more than the
    /// rest was spent. So what lapses is missed by the player once. Of each of [`lapsed_lots`] it must have been told how much did
    /// ([`Book::know_lapsed`]).
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
        let mut moved = match &made.to {
            Account::Player(player) => self.take_from(at, player, made, part, shortfall)?,
            _ => vec![self.give_back(at, made, part)?],
        };
        if let Account::Player(player) = &made.from {
            let back = moved.iter().filter(|moved| moved.to == made.from).flat_map(|moved| moved.lots.clone());
            let back: Vec<_> = back.filter(|lot| lot.change > 0).collect();
            moved.extend(self.pay_owed(at, player, &made.unit, &back)?);
        }
        if let Account::Debt(player) = &made.to {
            moved.extend(self.pay_owed(at, player, &made.unit, &[])?);
        }
        Ok(moved)
    }

    /// Takes it from the player that it came to.
    fn take_from(
        &mut self,
        at: Timestamp,
        player: &PlayerId,
        made: &Transfer,
        part: Part,
        shortfall: Shortfall,
    ) -> Result<Vec<Transfer>, Refused> {
        let back = |from: &Account, amount| Wish {
            unit: made.unit.clone(),
            from: from.clone(),
            to: made.from.clone(),
            amount,
            lapse: Lapse::Never,
        };
        let gained = gained(made);
        let mut moved = Vec::with_capacity(3);
        if let Some(lapse) = gained.filter(|lapse| !lapse.is_after(at)) {
            moved.extend(self.bring_back(player, made, lapse, part.amount)?);
        }
        let left = self.left_lapsed(at, &made.to, &made.unit, gained);
        let had = part.amount.min(left + self.spendable(&made.to, &made.unit, at));
        let short = part.amount - had;
        let owed = match shortfall {
            Shortfall::Debt => short,
            Shortfall::Loss => short.min(self.may_come_back(player, &made.unit)),
        };
        let (debt, loss) = (Account::Debt(player.clone()), Account::House(House::Loss));
        let wishes = [(back(&made.to, had), gained), (back(&debt, owed), None), (back(&loss, short - owed), None)];
        for (wish, first) in wishes {
            if wish.amount > 0 {
                moved.push(self.transfer(at, &wish, first)?);
            }
        }
        Ok(moved)
    }

    /// Moves what lapsed of a lot, and was cleared away, to the lot again, as far as so much of it is taken back: lapsed as it is, nobody
    /// can spend it.
    fn bring_back(
        &mut self,
        player: &PlayerId,
        made: &Transfer,
        lapse: Lapse,
        amount: i64,
    ) -> Result<Option<Transfer>, Refused> {
        let unit = &made.unit;
        let left = self.lots(player, unit).map_or(0, |lots| lots.left(lapse));
        let amount = self.lapsed(player, unit, lapse).min(amount - left);
        if amount <= 0 {
            return Ok(None);
        }
        let (from, to) = (Account::House(House::Lapsed), made.to.clone());
        let lots = vec![LotChange { lapse, change: amount }];
        self.add(&from, unit, -amount)?;
        self.add(&to, unit, amount)?;
        self.change_lots(player, unit, &lots);
        self.change_lapsed(player, unit, lapse, -amount);
        Ok(Some(Transfer { unit: unit.clone(), from, to, amount, lots }))
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

    /// Pays what a player owes: with what came `back` though it has lapsed, as nothing else can be done with it and the player would
    /// miss it twice, and with what they can spend.
    fn pay_owed(
        &mut self,
        at: Timestamp,
        player: &PlayerId,
        unit: &UnitName,
        back: &[LotChange],
    ) -> Result<Vec<Transfer>, Refused> {
        let (from, to) = (Account::Player(player.clone()), Account::Debt(player.clone()));
        let lapsed = back.iter().rev().filter(|lot| !lot.lapse.is_after(at)).map(|lot| (Some(lot.lapse), lot.change));
        let spendable = (None, self.spendable(&from, unit, at));
        let mut paid = Vec::new();
        for (first, most) in lapsed.chain([spendable]) {
            let amount = most.min(-self.balance(&to, unit));
            if amount > 0 {
                let (unit, from, to) = (unit.clone(), from.clone(), to.clone());
                paid.push(self.transfer(at, &Wish { unit, from, to, amount, lapse: Lapse::Never }, first)?);
            }
        }
        Ok(paid)
    }
}

/// Of what is taken back at that time, the lots that it came in by and that have lapsed.
pub fn lapsed_lots(at: Timestamp, made: &[Transfer]) -> BTreeSet<(PlayerId, UnitName, Lapse)> {
    let lots = made.iter().filter_map(|made| match (&made.to, gained(made)) {
        (Account::Player(player), Some(lapse)) if !lapse.is_after(at) => {
            Some((player.clone(), made.unit.clone(), lapse))
        }
        _ => None,
    });
    lots.collect()
}

/// The lot that a transfer came in by.
fn gained(made: &Transfer) -> Option<Lapse> {
    made.lots.iter().find(|lot| lot.change > 0).map(|lot| lot.lapse)
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
