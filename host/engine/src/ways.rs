//! Every way in which chance may fall in something that is run again and again: each run makes the same choices as the one
//! before, but for the last that had another way left.

/// The choices of one run, and the way to the next.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    /// Of each choice, what is chosen and among how many.
    choices: Vec<(usize, usize)>,
    /// Choices that this run has made.
    made: usize,
}

impl Ways {
    /// The choice among `count` that is next in this run. `count` is at least 1.
    pub(crate) fn choose(&mut self, count: usize) -> usize {
        if self.made == self.choices.len() {
            self.choices.push((0, count));
        }
        self.made += 1;
        self.choices[self.made - 1].0
    }

    /// Begins the next run; `false` where every way has been gone.
    pub(crate) fn next(&mut self) -> bool {
        self.choices.truncate(self.made);
        self.made = 0;
        while let Some((chosen, count)) = self.choices.pop() {
            if chosen + 1 < count {
                self.choices.push((chosen + 1, count));
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_gone_once() {
        let mut ways = Ways::default();
        let mut gone = Vec::new();
        loop {
            // The second choice depends on the first, and there is a third on one way only.
            let first = ways.choose(2);
            let second = ways.choose(if first == 0 { 1 } else { 3 });
            let third = if second == 2 { ways.choose(2) } else { 9 };
            gone.push((first, second, third));
            if !ways.next() {
                break;
            }
        }
        assert_eq!(gone, [(0, 0, 9), (1, 0, 9), (1, 1, 9), (1, 2, 0), (1, 2, 1)]);
    }

    #[test]
    fn without_a_choice_there_is_one_way() {
        assert!(!Ways::default().next());
    }
}
