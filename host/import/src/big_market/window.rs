//! When a campaign is open, what it is called, and how often a player may draw: what the activity says that uses the strategy.

use tombola_engine::document::{Chances, Sku as Sold, Window};

use super::context::Context;
use super::economy;
use super::note::{Code, Place};
use super::tables::{Activity, Count, Sku, Strategy};
use super::zone::Zone;
use crate::dump::Time;

/// When a campaign opens that no activity uses: in nobody's working life, so that nothing opens by mistake.
const FAR_OFF: &str = "2100-01-01T00:00:00Z";
/// The state of an activity that players see.
const OPEN: &str = "open";

/// The activity that the document is made of: the one that is open, or else the first. The others are told.
pub(super) fn activity<'a>(context: &mut Context<'a>) -> Option<&'a Activity> {
    let all: Vec<&Activity> =
        context.tables.activities.iter().filter(|activity| activity.strategy == context.strategy.id).collect();
    let is_open = |activity: &&&Activity| activity.state.as_deref() == Some(OPEN);
    let chosen = all.iter().find(is_open).or(all.first()).copied()?;
    for other in all.into_iter().filter(|other| !std::ptr::eq(*other, chosen)) {
        let message =
            format!("activity {} uses the strategy as well; the document is of activity {}", other.id, chosen.id);
        let hint = "Copy the document under another name, with the other's window.";
        context.note(Code::ActivityLeft, Place::row(Activity::TABLE, other.line), message, hint);
    }
    if let Some(state) = chosen.state.as_deref().filter(|state| *state != OPEN) {
        let message =
            format!("activity {} is '{state}'; a campaign is open in its window, unless it is paused", chosen.id);
        context.note(
            Code::ActivityLeft,
            Place::row(Activity::TABLE, chosen.line),
            message,
            "Publish it when it may open.",
        );
    }
    Some(chosen)
}

/// What people call the campaign.
pub(super) fn title(context: &mut Context<'_>, activity: Option<&Activity>) -> String {
    let strategy = context.strategy;
    let of_activity = activity.and_then(|one| Some((one.name.clone()?, Place::row(Activity::TABLE, one.line))));
    let of_strategy = || Some((strategy.description.clone()?, Place::row(Strategy::TABLE, strategy.line)));
    match of_activity.or_else(of_strategy).filter(|(title, _)| !title.is_empty()) {
        Some((title, place)) => context.title(&title, place),
        None => format!("Strategy {}", strategy.id),
    }
}

pub(super) fn window(context: &mut Context<'_>, activity: Option<&Activity>) -> Window {
    let timezone = context.zone.name().to_owned();
    let Some(activity) = activity else {
        let message = format!("no activity uses strategy {}; the document opens on {FAR_OFF}", context.strategy.id);
        context.note(Code::WindowAssumed, context.here(), message, "Set `window` before you publish it.");
        return Window { opens: FAR_OFF.to_owned(), closes: None, timezone };
    };
    let zones = [&activity.begins, &activity.ends].map(|time| time.zone.as_deref().and_then(Zone::of_server));
    let message = taken_for(activity, &zones, &timezone);
    let hint = "Give the zone with `--timezone` where that of times is another of which the dump does not say it.";
    context.note(Code::ZoneAssumed, Place::row(Activity::TABLE, activity.line), message, hint);
    // What is no time is left as it stands, for the verifier to find.
    let moment = |time: &Time, zone: Option<&Zone>| {
        let moment = context.zone.moment(&time.text, zone.unwrap_or(context.zone));
        moment.unwrap_or_else(|| time.text.clone())
    };
    let [opens, closes] = &zones;
    let (opens, closes) = (moment(&activity.begins, opens.as_ref()), moment(&activity.ends, closes.as_ref()));
    Window { opens, closes: Some(closes), timezone }
}

/// In which zones the times of an activity are read: those that the dump says, or else that of the import.
fn taken_for(activity: &Activity, zones: &[Option<Zone>; 2], timezone: &str) -> String {
    let Activity { id, .. } = activity;
    match zones {
        [None, None] => format!("the times of activity {id} are taken for times in {timezone}"),
        [opens, closes] => {
            let zone = |zone: &Option<Zone>| match zone {
                Some(zone) => format!("a time in {}, as the dump says of its timestamps", zone.name()),
                None => format!("a time in {timezone}"),
            };
            let (opens, closes) = (zone(opens), zone(closes));
            format!("of activity {id}, begin_date_time is taken for {opens}, and end_date_time for {closes}")
        }
    }
}

/// What players buy is counted from nothing.
pub(super) fn chances(context: &mut Context<'_>, activity: Option<&Activity>, sold: &[Sold]) -> Chances {
    let Some(activity) = activity else { return Chances::default() };
    if let Some(count) = activity.chances.and_then(|id| context.tables.count(id)) {
        return caps(&[count]);
    }
    let packs = economy::packs(context, activity);
    let counts: Vec<&Count> = packs.iter().map(|(_, count)| *count).collect();
    let largest = caps(&counts);
    let chances = if sold.is_empty() { largest } else { Chances { total: None, granted: Some(0), ..largest } };
    if let Some((first, _)) = packs.first() {
        let pack =
            |(sku, count): &(&Sku, &Count)| format!("{} ({}/{}/{})", sku.id, count.total, count.month, count.day);
        let packs: Vec<String> = packs.iter().map(pack).collect();
        let message = format!(
            "packs have their own caps (in all/a month/a day): {}; the caps here are those of the largest, for all that a player has",
            packs.join(", ")
        );
        let hint = "Set `chances`; with `granted`, a player begins with some.";
        context.note(Code::ChancesMerged, Place::row(Sku::TABLE, first.line), message, hint);
    }
    chances
}

/// The largest of each. A number below 0 caps nothing.
fn caps(counts: &[&Count]) -> Chances {
    let largest =
        |of: fn(&Count) -> i64| counts.iter().map(|count| of(count)).max().and_then(|cap| u32::try_from(cap).ok());
    Chances {
        total: largest(|count| count.total),
        month: largest(|count| count.month),
        day: largest(|count| count.day),
        granted: None,
        lifetime_days: None,
    }
}
