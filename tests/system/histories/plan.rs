//! What fails in a run, and when.

use std::time::Duration;

use tombola_servers::{End, Fate};

use crate::dice::Dice;

pub(super) const HOSTS: usize = 3;
/// Moments of a run at which something fails.
const MOMENTS: u64 = 3;
/// Between two of them, at most.
const PAUSE_MAX: Duration = Duration::from_millis(1_200);
/// How long a host may stand still: longer than clients wait, and than a transaction may.
const HOST_PAUSE_MAX: Duration = Duration::from_secs(4);
/// How long a server goes on without its replica, before it restarts and afterwards.
const ALONE_MAX: Duration = Duration::from_secs(2);
/// How long Redis may stand still.
const REDIS_PAUSE_MAX: Duration = Duration::from_millis(500);
/// Connections that are lost in the middle of a commit at a time, at most.
const CUTS_MAX: u64 = 6;

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) redis: RedisKind,
    /// Each, and how long after the one before it comes.
    pub(super) moments: Vec<(Duration, Moment)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RedisKind {
    Pair,
    Cluster,
}

/// What fails at once, of which there is at least one.
#[derive(Debug)]
pub(super) struct Moment {
    pub(super) hosts: [Option<HostFault>; HOSTS],
    pub(super) postgres: Option<PostgresFault>,
    pub(super) redis: Option<RedisFault>,
}

#[derive(Debug)]
pub(super) enum HostFault {
    Killed,
    Paused(Duration),
}

#[derive(Debug)]
pub(super) enum PostgresFault {
    Restarted(End),
    /// The replica takes the other one's place.
    FailedOver(Loss),
    /// The replica goes first, so that nothing is answered any more; the other one restarts, with what it had committed by then, and is
    /// lost a moment later. The replica, which has none of that, takes its place.
    FailedOverBehind(Duration),
    /// All at once.
    ConnectionsCut,
    /// The next ones half way through their commits.
    CommitsCut(Vec<Fate>),
}

/// How those who are connected to a server learn that its machine is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// They are hung up on.
    HungUp,
    /// By its silence.
    Silent,
}

/// Of all servers that take writes, but for the last.
#[derive(Debug)]
pub(super) enum RedisFault {
    Flushed,
    Restarted,
    Paused(Duration),
    /// One is lost, and its replica takes its place.
    FailedOver,
}

impl Plan {
    pub(super) fn of(dice: &mut Dice) -> Self {
        let redis = if dice.below(2) == 0 { RedisKind::Pair } else { RedisKind::Cluster };
        let mut moments = Vec::new();
        let mut has_failed_over = false;
        for _ in 0..MOMENTS {
            let pause = dice.up_to(PAUSE_MAX);
            let moment = Moment::any(dice, has_failed_over);
            has_failed_over |= moment.postgres.as_ref().is_some_and(PostgresFault::fails_over);
            moments.push((pause, moment));
        }
        Self { redis, moments }
    }
}

impl Moment {
    fn any(dice: &mut Dice, has_failed_over: bool) -> Self {
        loop {
            let hosts = [(); HOSTS].map(|()| (dice.below(4) == 0).then(|| HostFault::any(dice)));
            let postgres = (dice.below(2) == 0).then(|| PostgresFault::any(dice, has_failed_over));
            let redis = (dice.below(3) == 0).then(|| RedisFault::any(dice));
            if hosts.iter().any(Option::is_some) || postgres.is_some() || redis.is_some() {
                return Self { hosts, postgres, redis };
            }
        }
    }
}

impl HostFault {
    fn any(dice: &mut Dice) -> Self {
        if dice.below(2) == 0 { Self::Killed } else { Self::Paused(dice.up_to(HOST_PAUSE_MAX)) }
    }
}

impl PostgresFault {
    /// There is one replica, so that a run fails over once.
    fn any(dice: &mut Dice, has_failed_over: bool) -> Self {
        match dice.below(if has_failed_over { 5 } else { 9 }) {
            0 => Self::Restarted(End::Stopped),
            1 => Self::Restarted(End::Killed),
            2 => Self::ConnectionsCut,
            3 | 4 => Self::CommitsCut((0..=dice.below(CUTS_MAX)).map(|_| fate(dice)).collect()),
            5 | 6 => Self::FailedOver(Loss::HungUp),
            7 => Self::FailedOver(Loss::Silent),
            _ => Self::FailedOverBehind(dice.up_to(ALONE_MAX)),
        }
    }

    const fn fails_over(&self) -> bool {
        matches!(self, Self::FailedOver(_) | Self::FailedOverBehind(_))
    }
}

impl RedisFault {
    fn any(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => Self::Flushed,
            1 => Self::Restarted,
            2 => Self::Paused(dice.up_to(REDIS_PAUSE_MAX)),
            _ => Self::FailedOver,
        }
    }
}

fn fate(dice: &mut Dice) -> Fate {
    [Fate::Goes, Fate::EndsBefore, Fate::EndsMeanwhile, Fate::EndsAfter][usize::try_from(dice.below(4)).unwrap()]
}
