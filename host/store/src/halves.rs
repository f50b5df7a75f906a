//! Whatever fails together since something in it is damaged is done again in halves, down to what is at fault.

use std::ops::Range;

/// The parts of something that are still to be done, in order.
#[derive(Debug)]
pub struct Halves {
    /// The next one is the last in here.
    parts: Vec<Range<usize>>,
}

impl Halves {
    /// All of so many, at once.
    pub fn of(count: usize) -> Self {
        let all = 0..count;
        Self { parts: vec![all] }
    }

    /// The next part; `None` where there is no more. None is empty.
    pub fn pop(&mut self) -> Option<Range<usize>> {
        self.parts.pop().filter(|part| !part.is_empty())
    }

    /// Has a part that failed come once more in halves, or says that it can't be halved.
    pub fn halve(&mut self, part: &Range<usize>) -> bool {
        let half = part.start.midpoint(part.end);
        if part.len() > 1 {
            self.parts.extend([half..part.end, part.start..half]);
        }
        part.len() > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_done_once_and_what_fails_fails_alone() {
        for count in 0..20 {
            for fails in 0..20 {
                let (mut parts, mut done, mut failed) = (Halves::of(count), Vec::new(), Vec::new());
                while let Some(part) = parts.pop() {
                    if !part.contains(&fails) {
                        done.extend(part);
                    } else if !parts.halve(&part) {
                        failed.extend(part);
                    }
                }
                assert!(
                    done.iter().copied().eq((0..count).filter(|one| *one != fails)),
                    "{fails} of {count}: {done:?}"
                );
                assert!(failed.into_iter().eq((0..count).filter(|one| *one == fails)), "{fails} of {count}");
            }
        }
    }
}
