use tombola_engine::document::{Document, parse};

/// A document of this folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Campaign {
    /// Nine prizes from 30 % down to 0.01 %.
    C100001,
    /// Three prizes whose rates sum to 0.61.
    C100002,
    /// Eight prizes, three of them locked, with the defect of the data mended.
    C100006,
    /// The same with the defect: prize 105 can never be won.
    C100006AsIs,
    /// All standard rules in one campaign, of no use but to run them.
    EveryRule,
}

impl Campaign {
    /// The document as it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::C100001 => include_str!("../100001.yaml"),
            Self::C100002 => include_str!("../100002.yaml"),
            Self::C100006 => include_str!("../100006.yaml"),
            Self::C100006AsIs => include_str!("../100006-as-is.yaml"),
            Self::EveryRule => include_str!("../every-rule.yaml"),
        }
    }

    /// The document as it is read.
    pub fn document(self) -> Document {
        parse(self.text()).expect("these documents have the shape of documents")
    }
}
