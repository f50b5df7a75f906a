//! Switches: set once, they hold on every host. The host that is asked takes a setting up before it answers, the others when they look.

use std::sync::atomic::{AtomicBool, Ordering};

use metrics::gauge;
use tombola_domain::switch::{Limited, Setting, Switch};
use tombola_store::Done;
use tombola_store::switches::{State, SwitchError};

use crate::admission::{NotAdmitted, refused};
use crate::intent::Intent;
use crate::{App, Error, Result};

/// 1 while a switch that is on or off is on, by switch.
pub const SWITCH_ON: &str = "tombola_switch_on";

/// What this host goes by of the switches that are on or off.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    reads_only: AtomicBool,
    deliveries_off: AtomicBool,
}

impl Flags {
    pub(crate) fn of(kept: &[State]) -> Self {
        let flags = Self::default();
        for state in kept {
            flags.set(state.switch, state.setting == Setting::On);
        }
        flags
    }

    /// Whether anything may be written that can wait.
    pub(crate) fn writes(&self) -> bool {
        !self.reads_only.load(Ordering::Relaxed)
    }

    fn set(&self, switch: Switch, is_on: bool) {
        let flag = match switch {
            Switch::ReadsOnly => &self.reads_only,
            Switch::DeliveriesOff => &self.deliveries_off,
            Switch::Rate(_) => return,
        };
        if flag.swap(is_on, Ordering::Relaxed) != is_on {
            tracing::info!(%switch, on = is_on, "{}", told(switch, is_on));
        }
        gauge!(SWITCH_ON, "switch" => switch.as_str()).set(f64::from(u8::from(is_on)));
    }
}

/// For the log: what it is to this host.
const fn told(switch: Switch, is_on: bool) -> &'static str {
    match (switch, is_on) {
        (Switch::ReadsOnly, true) => {
            "clients and operators write nothing any more, and work in the background stands still"
        }
        (Switch::ReadsOnly, false) => "clients and operators write again, and work in the background goes on",
        (_, true) => "nothing that was won is handed over any more",
        (_, false) => "what was won is handed over again",
    }
}

/// A switch, and what it is to this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwitchView {
    /// Which.
    pub switch: Switch,
    /// What it is set to.
    pub setting: Setting,
    /// What holds on this host: its own setting where that is [`Setting::Default`].
    pub holds: Setting,
    /// As it was set last; `None` where nobody did.
    pub set: Option<State>,
}

impl App {
    /// Sets a switch, and answers its version. This host goes by it from then on, every other within a second.
    pub async fn set_switch(&self, intent: Intent, switch: Switch, setting: Setting) -> Result<Done<u64>> {
        let text = setting.to_string();
        let request = [b"set-switch", switch.as_str().as_bytes(), text.as_bytes()];
        let operation = intent.operation(&request, self.clock.now());
        let done = self.store.set_switch(&operation, switch, setting).await?;
        self.take_up_switches().await?;
        Ok(done)
    }

    /// All switches, in the order of [`Switch::ALL`].
    pub async fn switches(&self) -> Result<Vec<SwitchView>> {
        let kept = self.store.switches().await?;
        let view = |switch: Switch| {
            let set = kept.iter().find(|state| state.switch == switch).copied();
            let setting = set.map_or(switch.initial(), |state| state.setting);
            let holds = match (switch, setting) {
                (Switch::Rate(limited), Setting::Default) => self.rates.of(limited).map_or(Setting::Off, Setting::Rate),
                _ => setting,
            };
            SwitchView { switch, setting, holds, set }
        };
        Ok(Switch::ALL.map(view).to_vec())
    }

    /// Goes by what the switches are set to. Whoever reads them has the turn, so that none puts back what another has read since.
    pub async fn take_up_switches(&self) -> Result<()> {
        let _turn = self.switching.lock().await;
        for SwitchView { switch, holds, .. } in self.switches().await? {
            match switch {
                Switch::Rate(limited) => self.take_up_rate(limited, holds),
                Switch::ReadsOnly | Switch::DeliveriesOff => self.flags.set(switch, holds == Setting::On),
            }
        }
        Ok(())
    }

    fn take_up_rate(&self, limited: Limited, holds: Setting) {
        self.limits.set(limited, if let Setting::Rate(rate) = holds { Some(rate) } else { None });
    }

    /// Whether anything is written. What is under way when that ends goes on to its end.
    pub fn writes(&self) -> bool {
        self.flags.writes()
    }

    /// Whether what was won is handed over.
    pub fn delivers(&self) -> bool {
        self.writes() && !self.flags.deliveries_off.load(Ordering::Relaxed)
    }

    /// Refuses what would be written.
    pub fn check_writes(&self) -> Result<()> {
        if self.writes() { Ok(()) } else { Err(refused("reads-only", NotAdmitted::ReadsOnly.into())) }
    }
}

impl From<SwitchError> for Error {
    fn from(error: SwitchError) -> Self {
        match error {
            SwitchError::KeyReused(error) => error.into(),
            SwitchError::Store(error) => error.into(),
        }
    }
}
