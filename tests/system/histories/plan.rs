//! What fails in a run, and when.

use std::time::Duration;

use tombola_servers::{End, Fate};

use crate::dice::Dice;

/// Faults of a run.
const FAULTS: u64 = 4;
/// Between two of them, at most.
const PAUSE_MAX: Duration = Duration::from_millis(1_200);
/// How long a host may stand still: longer than clients wait, and than a transaction may.
const HOST_PAUSE_MAX: Duration = Duration::from_secs(4);
/// How long a server goes on without its replica, before it restarts and afterwards.
const ALONE_MAX: Duration = Duration::from_secs(2);
/// How long Redis may.
const REDIS_PAUSE_MAX: Duration = Duration::from_millis(500);
/// Connections that are lost in the middle of a commit at a time, at most.
const CUTS_MAX: u64 = 6;

/// Each fault, and how long after the one before it comes.
#[derive(Debug)]
pub(super) struct Plan(pub(super) Vec<(Duration, Fault)>);

#[derive(Debug)]
pub(super) enum Fault {
    HostKilled(usize),
    HostPaused(usize, Duration),
    PostgresRestarted(End),
    /// The replica takes the other one's place.
    PostgresFailedOver(Loss),
    /// The same, and a host is killed: the one that takes its place finds a database that was promoted.
    PostgresFailedOverAndHostKilled(usize),
    /// The replica goes first, so that nothing is answered any more; the other one restarts, with what it had committed by then, and is
    /// lost a moment later. The replica, which has none of that, takes its place.
    PostgresFailedOverBehind(Duration),
    /// All at once.
    ConnectionsCut,
    /// The next ones half way through their commits.
    CommitsCut(Vec<Fate>),
    RedisFlushed,
    RedisRestarted,
    RedisPaused(Duration),
    RedisFailedOver,
}

/// How those who are connected to a server learn that its machine is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// They are hung up on.
    HungUp,
    /// By its silence.
    Silent,
}

impl Plan {
    pub(super) fn of(dice: &mut Dice) -> Self {
        let mut faults = Vec::new();
        let mut has_failed_over = false;
        for _ in 0..FAULTS {
            let pause = dice.up_to(PAUSE_MAX);
            let fault = Fault::any(dice, has_failed_over);
            has_failed_over |= fault.fails_over();
            faults.push((pause, fault));
        }
        Self(faults)
    }
}

impl Fault {
    /// There is one replica, so that a run fails over once.
    fn any(dice: &mut Dice, has_failed_over: bool) -> Self {
        loop {
            let host = usize::try_from(dice.below(3)).unwrap();
            let fault = match dice.below(17) {
                0 | 1 => Self::HostKilled(host),
                2 | 3 => Self::HostPaused(host, dice.up_to(HOST_PAUSE_MAX)),
                4 => Self::PostgresRestarted(End::Stopped),
                5 => Self::PostgresRestarted(End::Killed),
                6 => Self::PostgresFailedOver(Loss::HungUp),
                7 => Self::PostgresFailedOver(Loss::Silent),
                8 => Self::PostgresFailedOverAndHostKilled(host),
                9 => Self::PostgresFailedOverBehind(dice.up_to(ALONE_MAX)),
                10 => Self::ConnectionsCut,
                11 | 12 => Self::CommitsCut((0..=dice.below(CUTS_MAX)).map(|_| fate(dice)).collect()),
                13 => Self::RedisFlushed,
                14 => Self::RedisRestarted,
                15 => Self::RedisPaused(dice.up_to(REDIS_PAUSE_MAX)),
                _ => Self::RedisFailedOver,
            };
            if !(has_failed_over && fault.fails_over()) {
                return fault;
            }
        }
    }

    fn fails_over(&self) -> bool {
        matches!(
            self,
            Self::PostgresFailedOver(_) | Self::PostgresFailedOverAndHostKilled(_) | Self::PostgresFailedOverBehind(_)
        )
    }
}

fn fate(dice: &mut Dice) -> Fate {
    [Fate::Goes, Fate::EndsBefore, Fate::EndsMeanwhile, Fate::EndsAfter][usize::try_from(dice.below(4)).unwrap()]
}
