//! What calls may answer beside what their own files say. It follows from what they take, so that it is said once.

use std::collections::BTreeSet;

use utoipa::openapi::path::{Operation, Parameter, PathItem};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder, Schema,
};

use crate::limits::HEALTH;
use crate::{once, route};

/// The header that names a write.
const KEY: &str = "Idempotency-Key";

const UNUSABLE: &str = "422";

/// What is said of the header of answers that repeat.
const REPLAYED: &str = "`true` where an earlier request did what is told, and this one nothing.";
/// And of the one that names a player's bucket.
const ROUTE: &str = "For a balancer that is to keep the player on one host, if it comes back with their next request.";
/// The calls whose answers have it.
const ROUTED: [&str; 5] = [
    "/v1/campaigns/{campaign}/draws",
    "/v1/campaigns/{campaign}/orders",
    "/v1/campaigns/{campaign}/players/{player}",
    "/v1/events",
    "/v1/players/{player}/tokens",
];

/// The write that is named by what it tells rather than by a header.
const EVENTS: &str = "/v1/events";

/// A problem that many calls may answer.
struct Common {
    status: &'static str,
    /// Among the description's responses.
    name: &'static str,
    meaning: &'static str,
    /// Which calls, by path and what is said of them.
    may_answer: fn(&str, &Operation) -> bool,
}

const COMMON: [Common; 9] = [
    Common {
        status: "400",
        name: "Unreadable",
        meaning: "An id in the address, the query, a header or the body can't be read.",
        may_answer: |_, _| true,
    },
    Common {
        status: "401",
        name: "Unauthenticated",
        meaning: "There is no token that is known.",
        may_answer: |_, call| call.security.is_some(),
    },
    Common {
        status: "403",
        name: "Forbidden",
        meaning: "The token is for another role, or for other campaigns or players.",
        may_answer: |path, call| {
            is_operators(call) || ["{campaign}", "{player}", "/v1/events"].iter().any(|part| path.contains(part))
        },
    },
    Common {
        status: "413",
        name: "TooLarge",
        meaning: "The body is larger than the call takes.",
        may_answer: |_, call| call.request_body.is_some(),
    },
    Common {
        status: "415",
        name: "UnsupportedMediaType",
        meaning: "The body is of a media type that is not taken here.",
        may_answer: |_, call| call.request_body.is_some(),
    },
    Common {
        status: UNUSABLE,
        name: "Unusable",
        meaning: "The body is not what the call takes, or the key was used for another request.",
        may_answer: |_, call| takes_json(call) || takes_key(call),
    },
    Common {
        status: "429",
        name: "TooMany",
        meaning: "Too many requests came with the token, for the player or in the campaign; `Retry-After` says when to repeat it.",
        may_answer: |_, call| call.security.is_some() && !is_operators(call),
    },
    Common {
        status: "500",
        name: "Failed",
        meaning: "The host failed, or what it needs of the database is damaged.",
        may_answer: |_, _| true,
    },
    Common {
        status: "503",
        name: "Unavailable",
        meaning: "The host can't do it now; `retryable` says whether the same request may succeed later.",
        may_answer: |path, _| path != HEALTH,
    },
];

/// Adds to each call what it may answer and does not say itself.
pub(crate) fn add_common(api: &mut OpenApi) {
    let components = api.components.get_or_insert_default();
    components.responses.extend(COMMON.iter().map(|common| (common.name.to_owned(), common.response())));
    for (path, item) in &mut api.paths.paths {
        for (writes, call) in calls(item) {
            // What is read needs no body, and whatever is sent with it is let go by.
            let refuses_body = writes && call.request_body.is_none();
            for Common { status, name, may_answer, .. } in &COMMON {
                if may_answer(path, call) || (*status == UNUSABLE && refuses_body) {
                    let named = || Ref::from_response_name(*name).into();
                    call.responses.responses.entry((*status).to_owned()).or_insert_with(named);
                }
            }
            if takes_key(call) || path == EVENTS {
                add_header(call, &["200"], once::HEADER, &Type::Boolean, REPLAYED);
            }
            if ROUTED.contains(&path.as_str()) {
                add_header(call, &["200", "201"], route::HEADER, &Type::Integer, ROUTE);
            }
        }
    }
}

/// Says of these answers of a call that they have a header.
fn add_header(call: &mut Operation, statuses: &[&str], name: &str, kind: &Type, meaning: &str) {
    for status in statuses {
        if let Some(RefOr::T(answer)) = call.responses.responses.get_mut(*status) {
            let header = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(kind.clone())));
            answer.headers.insert(name.to_owned(), header.description(Some(meaning)).build().into());
        }
    }
}

/// Opens the schemas that others have members beside: what is flattened into an answer is closed where it stands alone in a file.
pub(crate) fn open_flattened(api: &mut OpenApi) {
    let schemas = &mut api.components.get_or_insert_default().schemas;
    let mut names = BTreeSet::new();
    for schema in schemas.values() {
        flattened(schema, &mut names);
    }
    for name in names {
        if let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(&name) {
            object.additional_properties = None;
        }
    }
}

/// Adds the names of what is flattened into a schema.
fn flattened(schema: &RefOr<Schema>, names: &mut BTreeSet<String>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::AllOf(all) => {
            for item in &all.items {
                if let RefOr::Ref(named) = item {
                    names.extend(named.ref_location.rsplit('/').next().map(str::to_owned));
                }
                flattened(item, names);
            }
        }
        Schema::OneOf(one) => one.items.iter().for_each(|item| flattened(item, names)),
        Schema::Object(object) => object.properties.values().for_each(|member| flattened(member, names)),
        _ => {}
    }
}

impl Common {
    fn response(&self) -> RefOr<Response> {
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        ResponseBuilder::new().description(self.meaning).content("application/problem+json", problem).into()
    }
}

/// Each with whether it may write.
fn calls(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let calls = [(false, &mut item.get), (true, &mut item.put), (true, &mut item.post), (true, &mut item.delete)];
    calls.into_iter().filter_map(|(writes, call)| Some((writes, call.as_mut()?)))
}

fn is_operators(call: &Operation) -> bool {
    call.tags.iter().flatten().any(|tag| tag == "operator")
}

fn takes_json(call: &Operation) -> bool {
    matches!(&call.request_body, Some(RefOr::T(body)) if body.content.contains_key("application/json"))
}

fn takes_key(call: &Operation) -> bool {
    let is_key = |parameter: &RefOr<Parameter>| matches!(parameter, RefOr::T(parameter) if parameter.name == KEY);
    call.parameters.iter().flatten().any(is_key)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    #[track_caller]
    fn check(method: &str, path: &str, expected: &[&str]) {
        let api = serde_json::to_value(crate::open_api()).unwrap();
        let responses = api["paths"][path][method]["responses"].as_object().unwrap();
        assert_eq!(responses.keys().collect::<Vec<_>>(), expected, "{method} {path}");
        for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
            let named = response["$ref"].as_str().map(|place| api.pointer(place.trim_start_matches('#')).unwrap());
            let problem = &named.unwrap_or(response)["content"]["application/problem+json"]["schema"];
            assert_eq!(*problem, json!({"$ref": "#/components/schemas/Problem"}), "{status}");
        }
        assert_ne!(api["components"]["schemas"]["Problem"], Value::Null);
    }

    #[test]
    fn what_may_be_answered_follows_from_what_is_taken() {
        check("get", "/healthz", &["200", "400", "500"]);
        check("get", "/v1/keys", &["200", "304", "400", "401", "429", "500", "503"]);
        check(
            "delete",
            "/v1/operator/players/{player}/disclosures",
            &["200", "400", "401", "403", "422", "500", "503"],
        );
        let draw = ["200", "201", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503"];
        check("post", "/v1/campaigns/{campaign}/draws", &draw);
        // A document that is no document is a finding.
        let checked = ["200", "400", "401", "403", "413", "415", "500", "503"];
        check("post", "/v1/operator/campaigns/{campaign}/check", &checked);
    }

    #[test]
    fn a_receipt_comes_alone_or_with_all_that_it_names() {
        let api = serde_json::to_value(crate::open_api()).unwrap();
        for (path, shown) in [("draws/{draw}", "Shown_Receipt"), ("rebates/{rebate}", "Shown_RebateReceipt")] {
            let call = &api["paths"][format!("/v1/{path}/receipt")]["get"];
            let answer = &call["responses"]["200"]["content"]["application/json"];
            assert_eq!(answer["schema"]["$ref"], format!("#/components/schemas/{shown}"));
            assert_eq!(api["components"]["schemas"][shown]["oneOf"].as_array().unwrap().len(), 2);
        }
    }

    /// Whatever is flattened into something else lets others be beside it, and needs nothing that is not always there.
    #[test]
    fn what_is_flattened_into_an_answer_is_open() {
        fn names(value: &Value, found: &mut Vec<String>) {
            let parts = value["allOf"].as_array().into_iter().flatten();
            found.extend(parts.filter_map(|part| part["$ref"].as_str()).map(str::to_owned));
            match value {
                Value::Object(members) => members.values().for_each(|member| names(member, found)),
                Value::Array(items) => items.iter().for_each(|item| names(item, found)),
                _ => {}
            }
        }
        let api = serde_json::to_value(crate::open_api()).unwrap();
        let mut found = Vec::new();
        names(&api["components"]["schemas"], &mut found);
        assert!(found.iter().any(|name| name.ends_with("/Draw")), "{found:?}");
        for name in found {
            let schema = api.pointer(name.trim_start_matches('#')).unwrap();
            assert_ne!(schema["additionalProperties"], false, "{name}");
        }
        let problem = api["components"]["schemas"]["Problem"].to_string();
        assert!(!problem.contains("null\"}"), "{problem}");
        assert_eq!(api["components"]["schemas"]["Unexpected"]["required"], Value::Null);
    }
}
