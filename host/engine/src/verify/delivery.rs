//! How prizes are handed over. Whether there is such a destination or code pool is known where the document is published.

use tombola_domain::award::Delivery;

use super::Check;
use crate::document::{Deliver, Points};
use crate::finding::{Code, within};

impl Check<'_> {
    /// What a prize's `deliver` stands for, or findings.
    pub(super) fn delivery(&mut self, deliver: &Deliver, place: &str) -> Option<Delivery> {
        let place = within(place, "deliver");
        match deliver {
            Deliver::Manual(_) => Some(Delivery::Manual),
            Deliver::Webhook(destination) => self.name(destination, &within(&place, "webhook")).map(Delivery::Webhook),
            Deliver::Codes(pool) => self.name(pool, &within(&place, "codes")).map(Delivery::Codes),
            Deliver::Chances(each) => {
                let place = within(&place, "chances");
                self.is_something(*each, &place);
                if self.document.chances.granted.is_none() {
                    let message = "chances are given here, and the campaign counts none";
                    let hint = "Say with how many chances a player begins: `chances: {granted: 0}`.";
                    self.findings.add(Code::UncountedChances, &place, message, hint);
                }
                Some(Delivery::Chances(*each))
            }
            Deliver::Points(points) => {
                let place = within(&place, "points");
                let (unit, each) = points.parts();
                // The plain form has always taken a zero.
                if matches!(points, Points::Of(_)) {
                    self.is_something(each, &place);
                }
                let unit = self.unit(unit, &within(&place, "unit"))?;
                Some(Delivery::Points { unit, each })
            }
        }
    }

    fn is_something(&mut self, each: u32, place: &str) {
        if each == 0 {
            let hint = "Say how many there are for each unit of the amount, or leave `deliver` out.";
            self.findings.add(Code::Delivery, place, "nothing is delivered", hint);
        }
    }
}
