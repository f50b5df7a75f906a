//! Campaign, window, chances, attributes.

use std::collections::BTreeMap;

use tombola_domain::chance::Caps;
use tombola_domain::id::{AttributeName, CampaignId};
use tombola_domain::ledger::Lifetime;
use tombola_domain::time::{Timestamp, Zone};

use super::Check;
use crate::document::{Attribute, AttributeType};
use crate::finding::{Code, within};
use crate::pipeline::Window;

impl Check<'_> {
    pub(super) fn campaign(&mut self) -> Option<CampaignId> {
        let name = &self.document.campaign;
        self.name(name, "/campaign")
    }

    pub(super) fn window(&mut self) -> Option<Window> {
        let window = &self.document.window;
        let opens = self.timestamp(&window.opens, "/window/opens");
        let closes = window.closes.as_ref().map(|closes| self.timestamp(closes, "/window/closes"));
        let zone = self.zone(&window.timezone);
        let closes = match closes {
            None => None,
            Some(closes) => Some(closes?),
        };
        let opens = opens?;
        if closes.is_some_and(|closes| closes <= opens) {
            let message = "the window closes before it opens";
            self.findings.add(Code::WindowReversed, "/window/closes", message, "Exchange the two, or mend the date.");
        }
        Some(Window { opens, closes, zone: zone? })
    }

    fn timestamp(&mut self, text: &str, place: &str) -> Option<Timestamp> {
        match text.parse() {
            Ok(timestamp) => Some(timestamp),
            Err(error) => {
                let error: tombola_domain::time::ParseTimestampError = error;
                let hint = "Give the offset from UTC, or Z.";
                self.findings.add(Code::Shape, place, format!("'{text}': {error}"), hint);
                None
            }
        }
    }

    fn zone(&mut self, name: &str) -> Option<Zone> {
        match name.parse::<Zone>() {
            Ok(zone) => Some(zone),
            Err(error) => {
                let hint = "Names stand in the IANA time zone database.";
                self.findings.add(Code::UnknownZone, "/window/timezone", error.to_string(), hint);
                None
            }
        }
    }

    pub(super) fn chances(&mut self) -> (Caps, Option<u64>) {
        let chances = &self.document.chances;
        let wide = |cap: Option<u32>| cap.map(u64::from);
        for (short, cap, long, other) in [
            ("day", chances.day, "month", chances.month),
            ("day", chances.day, "total", chances.total),
            ("month", chances.month, "total", chances.total),
        ] {
            if let (Some(cap), Some(other)) = (cap, other)
                && cap > other
            {
                let message = format!("{cap} draws a {short} can't be reached, since {long} allows {other}");
                self.findings.add(
                    Code::ChancesAtOdds,
                    within("/chances", short),
                    message,
                    "Lower the one or raise the other.",
                );
            }
        }
        let caps = Caps {
            total: wide(chances.total),
            month: wide(chances.month),
            day: wide(chances.day),
            counts_chances: chances.granted.is_some(),
        };
        (caps, wide(chances.granted))
    }

    pub(super) fn chances_lifetime(&mut self) -> Option<Lifetime> {
        let lifetime = Lifetime::new(self.document.chances.lifetime_days?);
        lifetime
            .inspect_err(|error| {
                let hint = "Leave it out where chances are to last for ever.";
                self.findings.add(Code::InvalidLifetime, "/chances/lifetime_days", error.to_string(), hint);
            })
            .ok()
    }

    pub(super) fn declare_attributes(&mut self) {
        let document = self.document;
        self.attributes = self.declared_attributes(&document.attributes, "/attributes");
        for (name, event) in &document.events {
            let place = within(&within("/events", name), "attributes");
            let attributes = self.declared_attributes(&event.attributes, &place);
            self.event_attributes.insert(name, attributes);
        }
    }

    fn declared_attributes(
        &mut self,
        written: &BTreeMap<String, Attribute>,
        place: &str,
    ) -> BTreeMap<AttributeName, Attribute> {
        let mut declared = BTreeMap::new();
        for (name, attribute) in written {
            let place = within(place, name);
            self.check_attribute(attribute, &place);
            if let Some(name) = self.name(name, &place) {
                declared.insert(name, attribute.clone());
            }
        }
        declared
    }

    fn check_attribute(&mut self, attribute: &Attribute, place: &str) {
        let is_integer = attribute.attribute_type == AttributeType::Integer;
        let is_text = attribute.attribute_type == AttributeType::Text;
        if !is_integer && (attribute.minimum.is_some() || attribute.maximum.is_some()) {
            self.findings.add(Code::InvalidAttribute, place, "minimum and maximum are for integers", "Leave them out.");
        }
        if !is_text && attribute.max_length.is_some() {
            self.findings.add(Code::InvalidAttribute, place, "max_length is for texts", "Leave it out.");
        }
        let unbounded = Attribute { one_of: None, ..attribute.clone() };
        for (position, value) in attribute.one_of.iter().flatten().enumerate() {
            if let Err(message) = unbounded.check(value) {
                let place = within(&within(place, "one_of"), position);
                self.findings.add(Code::InvalidAttribute, place, message, "Make value and bounds agree.");
            }
        }
        if let Some(Err(message)) = attribute.default.as_ref().map(|value| attribute.check(value)) {
            self.findings.add(
                Code::InvalidAttribute,
                within(place, "default"),
                message,
                "Make value and bounds agree.",
            );
        }
    }
}
