//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{
    self, audit, award, backup, campaign, codes, copy, demo, destination, doctor, epoch, export, feed, hold, hosts,
    import, ledger, list, migrate, player, queue, reconcile, restore, rule, serve, switch, token, verify,
};
use crate::exit;

/// Runs lotteries whose every rule is a sandboxed WebAssembly component
#[derive(Debug, Parser)]
#[command(name = "tombola", version, after_help = exit::HELP, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    #[command(subcommand)]
    Token(token::Token),
    #[command(subcommand)]
    Campaign(campaign::Campaign),
    #[command(subcommand)]
    Rule(rule::Rule),
    #[command(subcommand)]
    Epoch(epoch::Epoch),
    Export(export::Export),
    Feed(feed::Feed),
    Verify(verify::Verify),
    #[command(subcommand)]
    Import(import::Import),
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    #[command(subcommand)]
    Hold(hold::Hold),
    #[command(subcommand)]
    List(list::List),
    Audit(audit::Audit),
    #[command(subcommand)]
    Award(award::Award),
    #[command(subcommand)]
    Codes(codes::Codes),
    #[command(subcommand)]
    Destination(destination::Destination),
    #[command(subcommand)]
    Player(player::Player),
    #[command(subcommand)]
    Queue(queue::Queue),
    #[command(subcommand)]
    Switch(switch::Switch),
    Hosts(hosts::Hosts),
    Reconcile(reconcile::Reconcile),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Copy(copy::Copy),
    Migrate(migrate::Migrate),
    Doctor(doctor::Doctor),
    /// Compile what the parent process sends
    #[command(name = crate::host::WORKER_COMMAND, hide = true)]
    CompileWorker,
}

impl Cli {
    /// Does what was asked for, and says how it ended.
    pub fn run(self) -> ExitCode {
        let result = match self.command {
            Command::Demo(demo) => demo.run(),
            Command::Serve(serve) => serve.run(),
            Command::Token(token) => token.run(),
            Command::Campaign(campaign) => campaign.run(),
            Command::Rule(rule) => rule.run(),
            Command::Epoch(epoch) => epoch.run(),
            Command::Export(export) => export.run(),
            Command::Feed(feed) => feed.run(),
            Command::Verify(verify) => verify.run(),
            Command::Import(import) => import.run(),
            Command::Ledger(ledger) => ledger.run(),
            Command::Hold(hold) => hold.run(),
            Command::List(list) => list.run(),
            Command::Audit(audit) => audit.run(),
            Command::Award(award) => award.run(),
            Command::Codes(codes) => codes.run(),
            Command::Destination(destination) => destination.run(),
            Command::Player(player) => player.run(),
            Command::Queue(queue) => queue.run(),
            Command::Switch(switch) => switch.run(),
            Command::Hosts(hosts) => hosts.run(),
            Command::Reconcile(reconcile) => reconcile.run(),
            Command::Backup(backup) => backup.run(),
            Command::Restore(restore) => restore.run(),
            Command::Copy(copy) => copy.run(),
            Command::Migrate(migrate) => migrate.run(),
            Command::Doctor(doctor) => doctor.run(),
            Command::CompileWorker => commands::compile_worker::run(),
        };
        exit::code(&result)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn flags_don_t_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_parses() {
        let lines = [
            "demo --port 0 --data d --json",
            "serve --config c.toml --listen 0.0.0.0:80 --log debug --log-format text",
            "serve --print-config",
            "token create --name n --role viewer --campaign a --campaign b --expires 2027-01-01T00:00:00Z",
            "token list --data d --json",
            "token create --name n --role publisher --succeed --reason rotated",
            "token revoke n --reason lost",
            "campaign check c.yaml --token t",
            "campaign apply c.yaml --from 3 --token t --url http://localhost:1 --json",
            "campaign odds spring --fact player.draws.total=60 --fact attribute.channel=app --sold-out phone --token t",
            "campaign rollback spring --to 2 --reason worse --token t",
            "campaign pause spring --reason leaked --token t",
            "campaign resume spring --reason mended --token t",
            "audit --campaign spring --actor ci --what publish --limit 9 --cursor c --token t --json",
            "rule build rules/mine -o mine.wasm",
            "epoch list --token t",
            "epoch rotate --token t --json",
            "export draws.jsonl --campaign spring --data d",
            "feed --after 0 --limit 1000 --token t --json",
            "verify a.json b.jsonl --key 00000000000000000000000000000000000000000000000000000000000000ff --json",
            "import big-market dump.sql --out documents --timezone UTC --json",
            "rule push mine.wasm --token t --reason new",
            "list show vip --token t --json",
            "list replace vip ids.txt --allow-empty --reason new --token t",
            "list digest ids.txt --json",
            "serve --http-destination crm --http-destination shop --private-network 10.1.0.0/16",
            "award list --campaign spring --prize phone --state failed --limit 9 --cursor c --token t --json",
            "award show 202611-abcd-x-1 --token t",
            "award move 202611-abcd-x-1 delivered --reason shipped --token t",
            "award move --file moves.csv --token t",
            "award retry 202611-abcd-x-1 --reason mended --token t",
            "codes list --token t --json",
            "ledger units --token t",
            "ledger unit coins --title Coins --lifetime-days 365 --reason new --token t --json",
            "ledger budget spring --token t",
            "ledger budget spring --add -5 --unit coins --reason less --token t",
            "ledger give alice coins -5 --reason mistaken --token t",
            "ledger chances spring alice 3 --reason sorry --token t",
            "ledger chances spring alice --cursor c --token t --json",
            "ledger statement alice coins --limit 9 --cursor c --token t --json",
            "ledger void spring 202611-8c4g-0123456789abcdefghij --reason mistaken --token t",
            "ledger void-chances spring alice operator:ci:1 --reason mistaken --token t --json",
            "ledger void-adjustment alice 7 --reason mistaken --token t --json",
            "hold list alice --limit 9 --cursor c --token t --json",
            "hold take alice 202611-8c4g-0123456789abcdefghij --amount 5 --reason shipped --token t --json",
            "hold release alice 202611-8c4g-0123456789abcdefghij --reason gone --token t",
            "hold void alice 202611-8c4g-0123456789abcdefghij --reason lost --token t",
            "codes put shop --low-water 1000 --reason new --token t",
            "codes load shop codes.csv --expires 2027-01-01T00:00:00Z --reason new --token t --json",
            "codes withdraw shop --reason leaked --token t",
            "destination list --token t --json",
            "destination put crm --to https://example.com/ --secrets-file s --calls 8 --reason new --token t",
            "destination test crm --token t",
            "destination retry crm --reason mended --token t",
            "player export alice --out alice.jsonl --reason asked --token t",
            "player erase alice --reason asked --token t --json",
            "queue list --token t --json",
            "queue retry points --reason mended --token t --json",
            "hosts --token t --json",
            "switch list --token t --json",
            "switch set player-rate 20/10s --reason crowded --token t",
            "serve --latency-ms 200 --token-rate 1000/1s --player-rate off --campaign-rate 10/1s",
            "reconcile --reason suspicious --token t --json",
            "reconcile --list --limit 9 --cursor c --token t",
            "backup copy --data d",
            "restore copy --data d --host-key-file k",
            "copy --from sqlite:d/tombola.db --to postgres://tombola@localhost/tombola --json",
            "copy --from d/tombola.db --undo",
            "migrate postgres://tombola@localhost/tombola",
            "doctor postgres://tombola@localhost/tombola --redis redis://one:6379 --redis redis://other:6379 --json",
            "compile-worker",
        ];
        for line in lines {
            let parsed = Cli::try_parse_from(std::iter::once("tombola").chain(line.split(' ')));
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
        }
    }

    /// Who is woken by an alert has no time for commands that don't exist.
    #[test]
    fn commands_of_the_runbook_parse() {
        let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/runbook");
        let mut count = 0;
        for page in std::fs::read_dir(pages).unwrap() {
            let text = std::fs::read_to_string(page.unwrap().path()).unwrap();
            let spans =
                text.split('`').skip(1).step_by(2).map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "));
            for line in spans.filter(|span| span.starts_with("tombola ")) {
                // Those that call a host take a token.
                let parsed = |end: &[&str]| {
                    Cli::try_parse_from(words(&line).iter().map(String::as_str).chain(end.iter().copied()))
                };
                let parsed = parsed(&[]).or_else(|_| parsed(&["--token", "t"]));
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
                count += 1;
            }
        }
        assert!(count > 20, "only {count} commands were found");
    }

    /// As a shell has them: what stands in quotes is one.
    fn words(line: &str) -> Vec<String> {
        let parts = line.split('"').enumerate();
        parts
            .flat_map(|(index, part)| match index % 2 {
                0 => part.split_whitespace().map(str::to_owned).collect(),
                _ => vec![part.to_owned()],
            })
            .collect()
    }

    #[test]
    fn what_can_t_be_meant_is_refused() {
        let lines = [
            "demo --port 65536",
            "token create --name n --role king",
            "token create --name tombola --role client",
            "token create --name n --role client --campaign a/b",
            "token create --name n --role client --expires tomorrow",
            "campaign odds spring --fact player.draws.total --token t",
            "campaign rollback spring --token t",
            "campaign pause spring --token t",
            "token create --name local --role client",
            "serve --listen nowhere",
            "feed --after 0 --limit 0 --token t",
            "feed --after 0 --limit 1001 --token t",
            "award list --limit 0 --token t",
            "audit --limit 201 --token t",
            "award move 202611-abcd-x-1 --token t",
            "award move 202611-abcd-x-1 lost --token t",
            "award move --token t",
            "codes load a/b codes.csv --token t",
            "ledger budget spring --add 5 --token t",
            "ledger chances spring alice 0 --token t",
            "ledger void spring 202611-8c4g-0123456789abcdefghij --token t",
            "ledger void-chances spring alice operator:ci:1 --token t",
            "ledger void-adjustment alice x --reason mistaken --token t",
            "hold take alice 202611-8c4g-0123456789abcdefghij --amount 0 --reason shipped --token t",
            "hold release alice 202611-8c4g-0123456789abcdefghij --token t",
            "hold void alice 202611-8c4g-0123456789abcdefghij --token t",
            "queue retry webhook/crm --token t",
            "codes load shop codes.csv --expires tomorrow --token t",
            "destination put a/b --to https://example.com/ --token t",
            "switch set reads-only on --token t",
            "switch set writes-only on --reason r --token t",
            "copy --from d/tombola.db",
            "copy --to postgres://tombola@localhost/tombola",
            "copy --from d/tombola.db --to postgres://tombola@localhost/tombola --undo",
            "migrate",
            "doctor",
            "verify",
            "verify a.json --key 00",
            "import big-market",
            "import big-market dump.sql --timezone Nowhere",
        ];
        for line in lines {
            let parsed = Cli::try_parse_from(std::iter::once("tombola").chain(line.split(' ')));
            assert_eq!(parsed.map(|_| ()).map_err(|error| error.exit_code()), Err(2), "{line}");
        }
    }
}
