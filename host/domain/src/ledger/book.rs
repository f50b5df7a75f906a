use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use super::{Account, House, Lapse, LotChange, Lots, Refused, Transfer, Wish};
use crate::amount::AMOUNT_MAX;
use crate::id::{PlayerId, UnitName};
use crate::time::Timestamp;

/// The accounts and lots that some postings touch, as a transaction holds them. An account that it was not told of is empty.
#[derive(Debug, Clone, Default)]
pub struct Book {
    balances: Versions<(Account, UnitName), i64>,
    lots: Versions<(PlayerId, UnitName), Lots>,
    /// Of lots how much lapsed, and was cleared away, that nobody took back since.
    lapsed: Versions<(PlayerId, UnitName, Lapse), i64>,
    /// What open holds have set aside of players'.
    on_hold: BTreeMap<(PlayerId, UnitName), i64>,
}

/// What is to be written of a [`Book`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Balances that are other than before, in order.
    pub balances: BTreeMap<(Account, UnitName), i64>,
    /// Lots that are other than before, in order, each with what is left of it; 0 is gone.
    pub lots: BTreeMap<(PlayerId, UnitName, Lapse), i64>,
}

impl Book {
    /// Tells a balance.
    pub fn know(&mut self, account: Account, unit: UnitName, balance: i64) {
        self.balances.know((account, unit), balance);
    }

    /// Tells a player's lots.
    pub fn know_lots(&mut self, player: PlayerId, unit: UnitName, lots: Lots) {
        self.lots.know((player, unit), lots);
    }

    /// Tells how much of a player's lot lapsed and was cleared away, less what was taken back of that. Only who takes something back need
    /// tell.
    pub fn know_lapsed(&mut self, player: PlayerId, unit: UnitName, lapse: Lapse, amount: i64) {
        self.lapsed.know((player, unit, lapse), amount);
    }

    /// Tells how much a player's open holds have set aside. Only who takes something back need know.
    pub fn know_on_hold(&mut self, player: PlayerId, unit: UnitName, amount: i64) {
        self.on_hold.insert((player, unit), amount);
    }

    /// How much of what a player can't spend is set aside, and not owed already: it may come back.
    pub(super) fn may_come_back(&self, player: &PlayerId, unit: &UnitName) -> i64 {
        let on_hold = self.on_hold.get(&(player.clone(), unit.clone())).copied().unwrap_or_default();
        (on_hold + self.balance(&Account::Debt(player.clone()), unit)).max(0)
    }

    /// A balance. What a player has may include some that has lapsed and was not taken away yet.
    pub fn balance(&self, account: &Account, unit: &UnitName) -> i64 {
        self.balances.get(&(account.clone(), unit.clone())).copied().unwrap_or_default()
    }

    /// How much can be spent of an account at that time. The house can always issue.
    pub fn spendable(&self, account: &Account, unit: &UnitName, at: Timestamp) -> i64 {
        match account {
            Account::Player(player) => self.lots(player, unit).map_or(0, |lots| lots.spendable(at)),
            _ if account.allows(-1) => AMOUNT_MAX + self.balance(account, unit),
            _ => self.balance(account, unit),
        }
    }

    /// Makes all of these transfers at that time, in order, or none, and says what was made.
    pub fn post(&mut self, at: Timestamp, wishes: &[Wish]) -> Result<Vec<Transfer>, Refused> {
        self.all_or_nothing(|book| {
            let mut made = Vec::with_capacity(wishes.len());
            for wish in wishes {
                book.grant(at, wish, &mut made)?;
            }
            Ok(made)
        })
    }

    /// Takes away what of a player's has lapsed by that time.
    pub fn lapse(&mut self, at: Timestamp, player: &PlayerId, unit: &UnitName) -> Result<Vec<Transfer>, Refused> {
        let lapsed: Vec<_> = self.lots(player, unit).map(|lots| lots.lapsed(at).collect()).unwrap_or_default();
        self.all_or_nothing(|book| {
            let mut made = Vec::with_capacity(lapsed.len());
            for (lapse, amount) in lapsed {
                let lots = vec![LotChange { lapse, change: -amount }];
                book.change_lots(player, unit, &lots);
                book.change_lapsed(player, unit, lapse, amount);
                let (from, to) = (Account::Player(player.clone()), Account::House(House::Lapsed));
                book.add(&from, unit, -amount)?;
                book.add(&to, unit, amount)?;
                made.push(Transfer { unit: unit.clone(), from, to, amount, lots });
            }
            Ok(made)
        })
    }

    /// What is to be written.
    pub fn changes(self) -> Changes {
        let mut lots = BTreeMap::new();
        for ((player, unit), (before, after)) in self.lots.changed() {
            let lapses = before.iter().flat_map(Lots::iter).chain(after.iter()).map(|(lapse, _)| lapse);
            for lapse in lapses {
                let (was, is) = (before.as_ref().map_or(0, |before| before.left(lapse)), after.left(lapse));
                if was != is {
                    lots.insert((player.clone(), unit.clone(), lapse), is);
                }
            }
        }
        let balances = self.balances.changed();
        Changes { balances: balances.map(|(key, (_, balance))| (key, balance)).collect(), lots }
    }

    /// Undoes what `work` did where it fails.
    pub(super) fn all_or_nothing<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let before = (self.balances.mark(), self.lots.mark(), self.lapsed.mark());
        let done = work(self);
        if done.is_err() {
            self.balances.undo(before.0);
            self.lots.undo(before.1);
            self.lapsed.undo(before.2);
        }
        done
    }

    /// Makes one transfer. What a player gets pays first what they owe.
    fn grant(&mut self, at: Timestamp, wish: &Wish, made: &mut Vec<Transfer>) -> Result<(), Refused> {
        let mut left = wish.amount;
        if let Account::Player(player) = &wish.to {
            let debt = Account::Debt(player.clone());
            let paid = left.min(-self.balance(&debt, &wish.unit));
            if paid > 0 {
                left -= paid;
                made.push(self.transfer(at, &Wish { to: debt, amount: paid, ..wish.clone() }, None)?);
            }
        }
        if left > 0 {
            made.push(self.transfer(at, &Wish { amount: left, ..wish.clone() }, None)?);
        }
        Ok(())
    }

    /// Moves it as it is. What comes out of a player's lots comes out of the `first` one before the others, also where that has lapsed.
    pub(super) fn transfer(&mut self, at: Timestamp, wish: &Wish, first: Option<Lapse>) -> Result<Transfer, Refused> {
        let Wish { unit, from, to, amount, lapse } = wish.clone();
        self.check(at, &wish.from, &wish.unit, amount - self.left_lapsed(at, &wish.from, &wish.unit, first))?;
        let mut lots = Vec::new();
        if let Account::Player(player) = &from {
            lots = self.lots(player, &unit).map(|lots| lots.taking(first, amount, at)).unwrap_or_default();
            self.change_lots(player, &unit, &lots);
        }
        if let Account::Player(player) = &to {
            let gained = LotChange { lapse, change: amount };
            self.change_lots(player, &unit, &[gained]);
            lots.push(gained);
        }
        self.add(&from, &unit, -amount)?;
        self.add(&to, &unit, amount)?;
        Ok(Transfer { unit, from, to, amount, lots })
    }

    /// Whether so much can be spent.
    pub(super) fn check(&self, at: Timestamp, from: &Account, unit: &UnitName, wanted: i64) -> Result<(), Refused> {
        let left = self.spendable(from, unit, at);
        if left < wanted {
            return Err(Refused::Short { unit: unit.clone(), account: from.clone(), left, wanted });
        }
        Ok(())
    }

    /// What is still there of an account's lot that has lapsed, and so can't be spent.
    pub(super) fn left_lapsed(&self, at: Timestamp, account: &Account, unit: &UnitName, lot: Option<Lapse>) -> i64 {
        let (Account::Player(player), Some(lapse)) = (account, lot.filter(|lapse| !lapse.is_after(at))) else {
            return 0;
        };
        self.lots(player, unit).map_or(0, |lots| lots.left(lapse))
    }

    /// How much of a lot lapsed, was cleared away, and was not taken back.
    pub(super) fn lapsed(&self, player: &PlayerId, unit: &UnitName, lapse: Lapse) -> i64 {
        self.lapsed.get(&(player.clone(), unit.clone(), lapse)).copied().unwrap_or_default()
    }

    pub(super) fn change_lapsed(&mut self, player: &PlayerId, unit: &UnitName, lapse: Lapse, change: i64) {
        self.lapsed.change((player.clone(), unit.clone(), lapse), |lapsed| *lapsed += change);
    }

    pub(super) fn change_lots(&mut self, player: &PlayerId, unit: &UnitName, changes: &[LotChange]) {
        self.lots.change((player.clone(), unit.clone()), |lots| changes.iter().for_each(|change| lots.change(*change)));
    }

    pub(super) fn add(&mut self, account: &Account, unit: &UnitName, change: i64) -> Result<(), Refused> {
        let balance = self.balance(account, unit) + change;
        if !account.allows(balance) {
            return Err(Refused::Full { unit: unit.clone(), account: account.clone() });
        }
        self.balances.change((account.clone(), unit.clone()), |known| *known = balance);
        Ok(())
    }

    pub(super) fn lots(&self, player: &PlayerId, unit: &UnitName) -> Option<&Lots> {
        self.lots.get(&(player.clone(), unit.clone()))
    }
}

/// Values that can be changed and changed back.
#[derive(Debug, Clone)]
struct Versions<K, V> {
    now: HashMap<K, V>,
    /// What was there before each change, in order.
    before: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Versions<K, V> {
    fn default() -> Self {
        Self { now: HashMap::new(), before: Vec::new() }
    }
}

impl<K: Hash + Eq + Clone, V: Clone + Default + PartialEq> Versions<K, V> {
    fn know(&mut self, key: K, value: V) {
        self.now.insert(key, value);
    }

    fn get(&self, key: &K) -> Option<&V> {
        self.now.get(key)
    }

    fn change(&mut self, key: K, change: impl FnOnce(&mut V)) {
        self.before.push((key.clone(), self.now.get(&key).cloned()));
        change(self.now.entry(key).or_default());
    }

    fn mark(&self) -> usize {
        self.before.len()
    }

    fn undo(&mut self, mark: usize) {
        for (key, value) in self.before.drain(mark..).rev() {
            match value {
                Some(value) => self.now.insert(key, value),
                None => self.now.remove(&key),
            };
        }
    }

    /// What is other than in the beginning: what it was and is.
    fn changed(mut self) -> impl Iterator<Item = (K, (Option<V>, V))> {
        let mut first = HashMap::new();
        for (key, value) in self.before {
            first.entry(key).or_insert(value);
        }
        first.into_iter().filter_map(move |(key, before)| {
            let after = self.now.remove(&key)?;
            (before.clone().unwrap_or_default() != after).then_some((key, (before, after)))
        })
    }
}
