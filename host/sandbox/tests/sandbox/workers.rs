//! Compiling processes that come to their limits, die, or are none.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use tombola_engine::rule::{AdmitError, RuleFactory};
use tombola_sandbox::{CacheKey, CacheSettings, Sandbox, Settings, WorkerSettings};

use crate::bed::{caching, prepare_in, settings, worker};
use tombola_guests::Guest;

async fn admit(worker: WorkerSettings, component: &[u8]) -> AdmitError {
    Sandbox::new(Settings { worker, ..settings() }).unwrap().admit(component).await.unwrap_err()
}

/// A component that is small to validate and long to compile: one function of many blocks over many live values.
fn slow() -> Vec<u8> {
    let mut body = "(local i64) ".repeat(200);
    for step in 0..60_000 {
        let (from, to) = (step * 7 % 200, step * 13 % 200);
        writeln!(
            body,
            "(if (i64.eqz (local.get {from})) (then (local.set {to} (i64.add (local.get {to}) (local.get {from})))))"
        )
        .unwrap();
    }
    Guest { fields: format!("(func {body})"), ..Guest::default() }.component()
}

fn is_unavailable(error: &AdmitError, text: &str) -> bool {
    matches!(error, AdmitError::Unavailable(_)) && error.to_string().contains(text)
}

#[tokio::test]
async fn what_takes_too_long_is_too_costly() {
    let error = admit(WorkerSettings { cpu_seconds_max: 1, ..worker() }, &slow()).await;
    assert!(matches!(&error, AdmitError::Compile(reason) if reason.contains("1 s of processor time")), "{error:?}");
}

#[tokio::test]
async fn what_takes_too_much_is_too_costly() {
    let error = admit(WorkerSettings { memory_bytes_max: 256 << 20, ..worker() }, &slow()).await;
    assert!(matches!(&error, AdmitError::Compile(reason) if reason.contains("256 MiB of memory")), "{error:?}");
}

#[tokio::test]
async fn a_process_that_hangs_is_killed() {
    let hangs = WorkerSettings { wall_ms_max: 50, ..other("/bin/sleep", "60") };
    let error = admit(hangs, &Guest::default().component()).await;
    assert!(is_unavailable(&error, "killed after 50 ms"), "{error:?}");
}

#[tokio::test]
async fn nothing_is_left_of_a_process_that_came_to_its_limits() {
    let folder = tempfile::tempdir().unwrap();
    // By its argument, which means nothing to it, a process of this test is known among all others.
    let mark = format!("limited-by-{}", std::process::id());
    let usual = WorkerSettings { args: vec![OsString::from(&mark)], ..worker() };
    let limits = [
        WorkerSettings { cpu_seconds_max: 1, ..usual.clone() },
        WorkerSettings { memory_bytes_max: 256 << 20, ..usual.clone() },
        WorkerSettings { wall_ms_max: 300, ..usual },
    ];
    for worker in limits {
        let cache =
            CacheSettings { folder: folder.path().to_owned(), key: CacheKey::new([1; 32]), bytes_max: 64 << 20 };
        let sandbox = caching(cache, worker);
        sandbox.admit(&slow()).await.unwrap_err();
        prepare_in(&sandbox, &slow()).await.unwrap_err();
        while is_running(&mark) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no native code is kept");
    }
}

/// Whether there is a process that was called with this.
fn is_running(mark: &str) -> bool {
    let has_mark = |entry: std::io::Result<std::fs::DirEntry>| {
        // One that has just ended has no command line any more.
        let command = std::fs::read(entry.unwrap().path().join("cmdline")).unwrap_or_default();
        command.split(|byte| *byte == 0).any(|argument| argument == mark.as_bytes())
    };
    std::fs::read_dir("/proc").unwrap().any(has_mark)
}

#[tokio::test]
async fn a_program_that_is_no_compiling_process_is_told_apart() {
    let component = Guest::default().component();
    let error = admit(other("/nowhere/to/be/found", ""), &component).await;
    assert!(is_unavailable(&error, "could not be started"), "{error:?}");
    for program in ["/bin/false", "/bin/cat"] {
        let error = admit(other(program, "/dev/null"), &component).await;
        assert!(is_unavailable(&error, "no compiling process"), "{error:?}");
    }
    // Greets as an older build would, then as this one, and dies.
    let error = admit(shell(r"printf '\0\0\0\003old'"), &component).await;
    assert!(is_unavailable(&error, "another engine (old)"), "{error:?}");
}

#[tokio::test]
async fn a_process_that_dies_is_no_verdict() {
    let version = tombola_sandbox::engine_version();
    let greeting = format!(r"printf '\0\0\0\{:03o}{version}'", version.len());
    let component = Guest::default().component();
    let error = admit(shell(&format!("{greeting}; exit 3")), &component).await;
    assert!(is_unavailable(&error, "exit status: 3"), "{error:?}");
    let error = admit(shell(&format!("{greeting}; kill -9 $$")), &component).await;
    assert!(is_unavailable(&error, "signal: 9"), "{error:?}");
    // A reply that is none, and one longer than it may be.
    let error = admit(shell(&format!(r"{greeting}; printf '\0\0\0\002{{}}'; cat > /dev/null")), &component).await;
    assert!(is_unavailable(&error, "gave no reply"), "{error:?}");
    let error = admit(shell(&format!(r"{greeting}; printf '\377\377\377\377'; cat > /dev/null")), &component).await;
    assert!(is_unavailable(&error, "gave no reply"), "{error:?}");
}

#[tokio::test]
async fn jobs_wait_for_one_another_within_bounds() {
    let minutes = 10 * 60 * 1_000;
    let worker =
        WorkerSettings { processes_max: 1, wait_ms_max: 1, wall_ms_max: minutes, ..other("/bin/sleep", "600") };
    let sandbox = Sandbox::new(Settings { worker, ..settings() }).unwrap();
    let component = Guest::default().component();
    // Whichever has the process keeps it; the other is answered first, however long this thread is kept waiting.
    let refused = tokio::select! {
        one = sandbox.admit(&component) => one,
        two = sandbox.admit(&component) => two,
    };
    let error = refused.unwrap_err();
    assert!(is_unavailable(&error, "no compiling process was free"), "{error:?}");
}

#[tokio::test]
async fn a_compiling_process_has_no_environment() {
    // What it says on its standard error goes to the log; what it is given is looked at here, through its exit.
    let script =
        "env | grep -v -e '^PWD=' -e '^_=' -e '^SHLVL=' -e '^OLDPWD=' -e '^RAYON_NUM_THREADS=' && exit 4; exit 5";
    let version = tombola_sandbox::engine_version();
    let greeting = format!(r"printf '\0\0\0\{:03o}{version}'", version.len());
    let component = Guest::default().component();
    let error = admit(shell(&format!("({script}) > /dev/null; code=$?; {greeting}; exit $code")), &component).await;
    assert!(is_unavailable(&error, "exit status: 5"), "{error:?}");
}

fn other(program: &str, arg: &str) -> WorkerSettings {
    WorkerSettings::new(PathBuf::from(program), vec![OsString::from(arg)])
}

fn shell(script: &str) -> WorkerSettings {
    WorkerSettings::new(PathBuf::from("/bin/sh"), vec![OsString::from("-c"), OsString::from(script)])
}
