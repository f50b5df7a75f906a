use clap::Args;
use serde_json::{Value, json};

use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Print what happened on a host in the order in which it was committed, each item as a line of JSON
///
/// The last line, {"next":17}, says with which position to go on.
#[derive(Debug, Args)]
pub(crate) struct Feed {
    /// Position after which it begins: `next` of the time before
    #[arg(long, value_name = "POSITION")]
    after: u64,
    /// How many positions, up to 1000
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Feed {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        let Self { after, limit, target, json } = self;
        match Client::new(target)?.feed(after, limit) {
            Ok(answer) if !json => {
                // Programs read it, so that nothing in it is changed for a terminal's sake.
                print!("{}", lines(&answer));
                Ok(Ended::Done)
            }
            answer => tell(answer, json, |_| Ok(String::new())),
        }
    }
}

fn lines(answer: &Value) -> String {
    let items = answer["items"].as_array().into_iter().flatten().map(|item| format!("{item}\n"));
    items.chain([format!("{}\n", json!({"next": answer["next"]}))]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_a_line_and_the_last_one_says_where_to_go_on() {
        let check = |answer: Value, expected: &str| assert_eq!(lines(&answer), expected);
        check(json!({"items": [], "next": 7}), "{\"next\":7}\n");
        let items = json!([{"position": 1, "why": "a\nb"}, {"position": 3}]);
        check(
            json!({"items": items, "next": 4}),
            "{\"position\":1,\"why\":\"a\\nb\"}\n{\"position\":3}\n{\"next\":4}\n",
        );
    }
}
