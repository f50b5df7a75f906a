//! All routes on one page.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use tokio::sync::Semaphore;
use tombola_app::App;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::limits::{
    BODY_BYTES_MAX, BUNDLES_MAX, BodyBytesMax, DOCUMENT_BYTES_MAX, LIST_BYTES_MAX, MODULE_BYTES_MAX, Room,
    TRIAL_BYTES_MAX, UPLOADS_MAX, gate,
};
use crate::observe::{RequestIds, observe};
use crate::problem::{Code, Problem};
use crate::system::Readiness;
use crate::taken::{Calls, refuse_unknown};
use crate::{client, describe, operator, system};

/// What the wiring gives.
#[derive(Clone)]
pub struct Settings {
    /// The metrics as text.
    pub render_metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// What every handler may use.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) app: Arc<App>,
    pub(crate) render_metrics: Arc<dyn Fn() -> String + Send + Sync>,
    pub(crate) request_ids: Arc<RequestIds>,
    pub(crate) room: Arc<Room>,
    pub(crate) calls: Arc<Calls>,
    pub(crate) uploads: Arc<Semaphore>,
    pub(crate) bundles: Arc<Semaphore>,
    pub(crate) readiness: Arc<Readiness>,
}

#[derive(OpenApi)]
#[openapi(info(title = "Tombola", description = "Lotteries whose rules are sandboxed WebAssembly components."))]
struct Base;

/// Both APIs, ready to serve.
pub fn router(app: Arc<App>, settings: Settings) -> Router {
    let description = serde_json::to_value(open_api()).expect("a description is JSON");
    let shared = Shared {
        request_ids: Arc::new(RequestIds::new(&app.entropy().bytes())),
        app,
        render_metrics: settings.render_metrics,
        room: Arc::default(),
        calls: Arc::new(Calls::of(&description)),
        uploads: Arc::new(Semaphore::new(UPLOADS_MAX)),
        bundles: Arc::new(Semaphore::new(BUNDLES_MAX)),
        readiness: Arc::default(),
    };
    let (router, _) = routes().split_for_parts();
    router
        .fallback(|| async { Problem::new(Code::NotFound, "there is nothing at this address") })
        .method_not_allowed_fallback(not_allowed)
        .layer(from_fn_with_state(shared.clone(), refuse_unknown))
        .layer(from_fn_with_state(shared.clone(), gate))
        .layer(CatchPanicLayer::custom(|_| panicked()))
        .layer(from_fn_with_state(shared.clone(), observe))
        .layer(map_response(no_sniffing))
        .with_state(shared)
}

/// The description of both APIs.
pub fn open_api() -> utoipa::openapi::OpenApi {
    let mut api = routes().split_for_parts().1;
    let token = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    api.components.get_or_insert_default().add_security_scheme("token", token);
    describe::add_common(&mut api);
    describe::open_flattened(&mut api);
    api
}

fn routes() -> OpenApiRouter<Shared> {
    let operators = OpenApiRouter::new()
        .routes(routes!(operator::module::handle))
        .routes(routes!(operator::faults::handle))
        .routes(routes!(operator::queues::handle))
        .routes(routes!(operator::queue_retry::handle))
        .routes(routes!(operator::campaigns::handle))
        .routes(routes!(operator::rollback::handle))
        .routes(routes!(operator::pause::handle))
        .routes(routes!(operator::resume::handle))
        .routes(routes!(operator::revision::handle))
        .routes(routes!(operator::odds::handle))
        .routes(routes!(operator::facts::handle))
        .routes(routes!(operator::switches::handle))
        .routes(routes!(operator::switch_set::handle))
        .routes(routes!(operator::hosts::handle))
        .routes(routes!(operator::epoch_rotate::handle))
        .routes(routes!(operator::awards::handle, operator::awards_move::handle))
        .routes(routes!(operator::award::handle, operator::award_move::handle))
        .routes(routes!(operator::destinations::handle))
        .routes(routes!(operator::destination::handle, operator::destination_put::handle))
        .routes(routes!(operator::destination_test::handle))
        .routes(routes!(operator::destination_retry::handle))
        .routes(routes!(operator::lists::handle))
        .routes(routes!(operator::list_members::handle))
        .routes(routes!(operator::code_pools::handle))
        .routes(routes!(operator::code_pool_put::handle))
        .routes(routes!(operator::codes_load::handle))
        .routes(routes!(operator::codes_withdraw::handle))
        .routes(routes!(operator::stock::handle))
        .routes(routes!(operator::stock_change::handle))
        .routes(routes!(operator::units::handle))
        .routes(routes!(operator::unit_put::handle))
        .routes(routes!(operator::budget::handle, operator::budget_change::handle))
        .routes(routes!(operator::balance_change::handle))
        .routes(routes!(operator::balance_void::handle))
        .routes(routes!(operator::hold_take::handle))
        .routes(routes!(operator::hold_release::handle))
        .routes(routes!(operator::hold_void::handle))
        .routes(routes!(operator::chances::handle, operator::chances_grant::handle))
        .routes(routes!(operator::chances_void::handle))
        .routes(routes!(operator::order_void::handle));
    let documents = OpenApiRouter::new()
        .routes(routes!(operator::check::handle))
        .routes(routes!(operator::publish::handle, operator::revisions::handle));
    let trials = OpenApiRouter::new().routes(routes!(operator::trial::handle));
    let modules = OpenApiRouter::new().routes(routes!(operator::upload::handle, operator::modules::handle));
    let lists = OpenApiRouter::new().routes(routes!(operator::list_change::handle, operator::list::handle));
    let machines = OpenApiRouter::new()
        .routes(routes!(operator::schema::handle))
        .routes(routes!(system::healthz))
        .routes(routes!(system::readyz))
        .routes(routes!(system::metrics))
        .routes(routes!(system::open_api));
    OpenApiRouter::with_openapi(Base::openapi())
        .merge(bounded(clients().merge(operators).merge(records()).merge(machines), BODY_BYTES_MAX))
        .merge(bounded(documents, DOCUMENT_BYTES_MAX))
        .merge(bounded(trials, TRIAL_BYTES_MAX))
        .merge(bounded(modules, MODULE_BYTES_MAX))
        .merge(bounded(lists, LIST_BYTES_MAX))
}

/// What clients ask for, and players for themselves.
fn clients() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(client::draw::handle))
        .routes(routes!(client::drawn::handle))
        .routes(routes!(client::receipt::handle))
        .routes(routes!(client::campaigns::handle))
        .routes(routes!(client::campaign::handle))
        .routes(routes!(client::epochs::handle))
        .routes(routes!(client::keys::handle))
        .routes(routes!(client::player::handle))
        .routes(routes!(client::player_token::handle))
        .routes(routes!(client::order::handle))
        .routes(routes!(client::orders::handle))
        .routes(routes!(client::event_report::handle))
        .routes(routes!(client::events_report::handle))
        .routes(routes!(client::event::handle))
        .routes(routes!(client::rebate_receipt::handle))
        .routes(routes!(client::awards::handle))
        .routes(routes!(client::balances::handle))
        .routes(routes!(client::statement::handle))
        .routes(routes!(client::holds::handle, client::hold::handle))
        .routes(routes!(client::held::handle))
        .routes(routes!(client::hold_take::handle))
        .routes(routes!(client::hold_release::handle))
}

/// What operators read, and erase, of all that is kept.
fn records() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(operator::audit::handle))
        .routes(routes!(operator::feed::handle))
        .routes(routes!(operator::player_export::handle))
        .routes(routes!(operator::player_erase::handle))
        .routes(routes!(operator::differences::handle, operator::reconcile::handle))
}

/// These routes, for bodies of at most so many bytes.
fn bounded(routes: OpenApiRouter<Shared>, bytes_max: usize) -> OpenApiRouter<Shared> {
    routes.layer(DefaultBodyLimit::max(bytes_max)).layer(Extension(BodyBytesMax(bytes_max)))
}

async fn not_allowed(method: Method) -> Problem {
    Problem::new(Code::MethodNotAllowed, format!("{method} is not possible at this address"))
}

fn panicked() -> Response {
    Problem::new(Code::Internal, "the host failed; its log says more under the request's id").into_response()
}

async fn no_sniffing(mut response: Response) -> Response {
    use axum::http::{HeaderValue, header};
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
