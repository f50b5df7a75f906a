use tombola_engine::verify::TITLE_CHARS_MAX;

use super::note::{Code, Notes, Place};
use super::tables::{Strategy, StrategyAward, StrategyRule, Tables};
use super::zone::Zone;

/// What a document of one strategy is made of, and the notes that are made on the way.
pub(super) struct Context<'a> {
    pub(super) tables: &'a Tables,
    pub(super) strategy: &'a Strategy,
    /// In the order in which players see them.
    pub(super) awards: Vec<&'a StrategyAward>,
    pub(super) zone: &'a Zone,
    pub(super) notes: Notes,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        tables: &'a Tables,
        strategy: &'a Strategy,
        mut awards: Vec<&'a StrategyAward>,
        zone: &'a Zone,
    ) -> Self {
        awards.sort_by_key(|award| award.sort.unwrap_or_default());
        Self { tables, strategy, awards, zone, notes: Notes::default() }
    }

    pub(super) fn note(&mut self, code: Code, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.notes.add(code, place, message, hint);
    }

    /// What people call something. It is told where that had to be changed.
    pub(super) fn title(&mut self, written: &str, place: Place) -> String {
        let title = one_line(written);
        if title != written {
            let message =
                format!("a title is one line of up to {TITLE_CHARS_MAX} characters here; it is '{title}' now");
            self.note(Code::TitleChanged, place, message, "Call it as you like.");
        }
        title
    }

    pub(super) fn here(&self) -> Place {
        Place::row(Strategy::TABLE, self.strategy.line)
    }

    pub(super) fn award(&self, id: i64) -> Option<&'a StrategyAward> {
        self.awards.iter().copied().find(|award| award.award == id)
    }

    /// The rules that the strategy runs, in their order.
    pub(super) fn models(&self) -> Vec<&'a str> {
        let models = self.strategy.models.as_deref().unwrap_or_default();
        models.split(',').map(str::trim).filter(|model| !model.is_empty()).collect()
    }

    /// The value of a rule of the whole strategy.
    pub(super) fn rule(&self, model: &str) -> Option<&'a StrategyRule> {
        let of_strategy =
            |rule: &&StrategyRule| rule.strategy == self.strategy.id && rule.award.is_none() && rule.model == model;
        self.tables.rules.iter().find(of_strategy)
    }
}

/// A text as a title: its control characters become blanks, and what is too long is cut off.
pub(super) fn one_line(text: &str) -> String {
    let plain = |character: char| if character.is_control() { ' ' } else { character };
    text.chars().map(plain).take(TITLE_CHARS_MAX).collect()
}
