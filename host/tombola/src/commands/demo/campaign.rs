//! The sample campaign.

use anyhow::{Context, bail};
use tombola_app::intent::Intent;
use tombola_app::publish::Change;
use tombola_domain::id::CampaignId;

use crate::host::Host;
use crate::standard::PUBLISHER;

/// Its name.
const CAMPAIGN: &str = "spring";
const DOCUMENT: &str = include_str!("../../../demo/spring.yaml");

/// Publishes it unless it is live: once it is, it is whoever plays with it who decides what it looks like.
pub(super) async fn publish_if_missing(host: &Host) -> anyhow::Result<()> {
    let campaign: CampaignId = CAMPAIGN.parse().expect("it is a name");
    if !host.app().campaigns(None, |id| *id == campaign, 1).is_empty() {
        return Ok(());
    }
    let key = Some("demo".parse().expect("it is a key"));
    let change = Change { intent: Intent { key, ..Intent::of(PUBLISHER) }, campaign, expected_live: Some(0) };
    let published = host.app().publish(change, DOCUMENT).await;
    if let Err(tombola_app::Error::Findings(findings)) = &published {
        bail!("the sample campaign has findings: {findings:?}");
    }
    published.context("publishing the sample campaign")?;
    Ok(())
}
