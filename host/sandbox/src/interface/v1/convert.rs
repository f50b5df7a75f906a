//! Between this version's types and the engine's.

use tombola_domain::amount::{self, SpanError};
use tombola_domain::fact;
use tombola_domain::rebate;
use tombola_engine::rule;

use super::{
    AnyNeeds, Award, BranchOutcome, Decision, Fact, FactNeed, FactType, Gain, GuardOutcome, Needs, Pick, Problem,
    RebateOutcome, Recipient, Reward, Span,
};

impl<'a> From<&'a fact::Value> for Fact<'a> {
    fn from(value: &'a fact::Value) -> Self {
        match value {
            fact::Value::None => Self::None,
            fact::Value::Boolean(value) => Self::Boolean(*value),
            fact::Value::Integer(value) => Self::Integer(*value),
            fact::Value::Integers(values) => Self::Integers(values),
            fact::Value::Text(value) => Self::Text(value),
            fact::Value::Texts(values) => Self::Texts(values),
        }
    }
}

impl From<FactType> for fact::FactType {
    fn from(expected: FactType) -> Self {
        match expected {
            FactType::Boolean => Self::Boolean,
            FactType::Integer => Self::Integer,
            FactType::Integers => Self::Integers,
            FactType::Text => Self::Text,
            FactType::Texts => Self::Texts,
        }
    }
}

impl From<FactNeed> for rule::FactNeed {
    fn from(need: FactNeed) -> Self {
        Self { name: need.name, expected: need.expected.into() }
    }
}

impl TryFrom<Span> for amount::Span {
    type Error = SpanError;

    fn try_from(span: Span) -> Result<Self, SpanError> {
        Self::new(span.low, span.high)
    }
}

impl TryFrom<Award> for rule::Outcome {
    type Error = SpanError;

    fn try_from(award: Award) -> Result<Self, SpanError> {
        Ok(Self::Grant { prize: award.prize, amount: award.amount.try_into()? })
    }
}

impl TryFrom<GuardOutcome> for rule::Outcome {
    type Error = SpanError;

    fn try_from(outcome: GuardOutcome) -> Result<Self, SpanError> {
        Ok(match outcome {
            GuardOutcome::Proceed => Self::Proceed,
            GuardOutcome::Choose(pool) => Self::Choose(pool),
            GuardOutcome::Grant(award) => award.try_into()?,
            GuardOutcome::Refuse(refusal) => Self::Refuse { code: refusal.code, message: refusal.message },
        })
    }
}

impl TryFrom<BranchOutcome> for rule::Outcome {
    type Error = SpanError;

    fn try_from(outcome: BranchOutcome) -> Result<Self, SpanError> {
        Ok(match outcome {
            BranchOutcome::Follow(label) => Self::Follow(label),
            BranchOutcome::Grant(award) => award.try_into()?,
        })
    }
}

impl TryFrom<RebateOutcome> for rule::Outcome {
    type Error = SpanError;

    fn try_from(outcome: RebateOutcome) -> Result<Self, SpanError> {
        Ok(Self::Rewards(outcome.rewards.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?))
    }
}

impl TryFrom<Reward> for rule::Reward {
    type Error = SpanError;

    fn try_from(reward: Reward) -> Result<Self, SpanError> {
        let recipient = match reward.recipient {
            Recipient::Player => rebate::Recipient::Player,
            Recipient::Referrer => rebate::Recipient::Referrer,
        };
        let (gain, amount) = match reward.gain {
            Gain::Points(points) => (rule::Gain::Points(points.unit), points.amount),
            Gain::Chances(amount) => (rule::Gain::Chances, amount),
            Gain::Prize(award) => (rule::Gain::Prize(award.prize), award.amount),
        };
        Ok(Self { recipient, gain, amount: amount.try_into()? })
    }
}

impl<O: TryInto<rule::Outcome, Error = SpanError>> TryFrom<Needs<O>> for rule::Needs {
    type Error = SpanError;

    fn try_from(needs: Needs<O>) -> Result<Self, SpanError> {
        Ok(Self {
            facts: needs.facts.into_iter().map(Into::into).collect(),
            outcomes: needs.outcomes.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
        })
    }
}

impl TryFrom<AnyNeeds> for rule::Needs {
    type Error = SpanError;

    fn try_from(needs: AnyNeeds) -> Result<Self, SpanError> {
        match needs {
            AnyNeeds::Guard(needs) => needs.try_into(),
            AnyNeeds::Branch(needs) => needs.try_into(),
            AnyNeeds::Rebate(needs) => needs.try_into(),
        }
    }
}

impl TryFrom<Pick> for rule::Pick {
    type Error = SpanError;

    fn try_from(pick: Pick) -> Result<Self, SpanError> {
        Ok(Self {
            outcome: pick.outcome,
            amounts: pick.amounts.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
        })
    }
}

impl TryFrom<Decision> for rule::Decision {
    type Error = SpanError;

    fn try_from(decision: Decision) -> Result<Self, SpanError> {
        Ok(match decision {
            Decision::Certain(pick) => Self::Certain(pick.try_into()?),
            Decision::Weighted(picks) => {
                let weighted = |(weight, pick): (u64, Pick)| Ok((weight, pick.try_into()?));
                Self::Weighted(picks.into_iter().map(weighted).collect::<Result<_, _>>()?)
            }
        })
    }
}

impl From<Problem> for rule::Problem {
    fn from(problem: Problem) -> Self {
        Self { place: problem.place, message: problem.message, hint: problem.hint }
    }
}
