use serde::Deserialize;
use utoipa::IntoParams;

/// Which entries, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only what concerns this campaign.
    pub(super) campaign: Option<String>,
    /// Only what this actor did.
    pub(super) actor: Option<String>,
    /// Only this: `publish`, `rollback`, `pause`, `resume`, `change_list`, `adjust_stock`, `put_module`, `create_token`,
    /// `revoke_token`, `rotate_epoch`, `abandon_epochs`, `erase_disclosures`, `export_player`, `put_destination`, `move_awards`, `retry_awards`,
    /// `reconcile`, or any other word that entries have.
    pub(super) what: Option<String>,
    /// `next` of the page before; left out for the first.
    pub(super) cursor: Option<String>,
    /// Members of a page: 1 to 200, 50 where nothing is said.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub(super) limit: Option<String>,
}
