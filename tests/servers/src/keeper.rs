//! What ends a server when nobody uses it any more, also when those who did were killed: a process of its own, in a group of its
//! own, which needs no more than a shell.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use crate::redis::{PATIENCE, free_port};

/// Waits until its input ends, which is when the process that holds the other end does.
const OF_ONE: &str = r#"cat > /dev/null; "$@"; rm -rf "$0""#;

/// Waits until nobody locks the file `users`, and nobody has for a while: one test follows the other. Locked against newcomers, it
/// then ends the server. There may be one keeper of a folder.
const OF_ALL: &str = r#"
    exec 8>> "$0/keeper"
    flock --nonblock 8 || exit 0
    while sleep 5; do
        [ $(($(date +%s) - $(stat --format=%Y "$0/users"))) -ge 10 ] || continue
        exec 9>> "$0/users"
        if flock --nonblock 9; then
            "$@"
            rm -rf "$0/data"
            exit
        fi
        exec 9>&-
    done"#;

/// Runs a program that serves until it is ended, prints its number, and kills it when its own input ends.
const PROGRAM: &str =
    r#"folder=$1; shift; "$@" & pid=$!; echo $pid; cat > /dev/null; kill -9 $pid; wait; rm -rf "$folder""#;

/// How often a program is started until somewhere it stays.
const TRIES_MAX: usize = 3;

/// Starts what listens at an address of this machine's that was free, by what `program` makes of that: a folder, which goes with it, and what is
/// run. `None` where it listens nowhere.
pub(crate) fn listen(program: impl Fn(SocketAddr) -> (PathBuf, Command)) -> Option<(SocketAddr, Program)> {
    // Somebody else may have taken the port since it was found free.
    (0..TRIES_MAX).find_map(|_| {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let (folder, command) = program(address);
        let program = Program::run(&folder, &command);
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if !program.is_there() || began.elapsed() > PATIENCE {
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Some((address, program))
    })
}

/// A program of this tree, or of the machine, where Debian keeps it beside what everybody calls.
pub(crate) fn sbin(name: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/bin").join(name);
    let places = [own, Path::new("/usr/sbin").join(name)];
    places.into_iter().find(|place| place.exists()).unwrap_or_else(|| PathBuf::from(name))
}

/// A program that serves. It is killed, and its folder removed, when this is dropped or this process ends.
#[derive(Debug)]
pub(crate) struct Program {
    keeper: Child,
    /// The number of its process.
    pub(crate) number: u32,
}

impl Program {
    /// Runs what stays the one process that it begins as.
    pub(crate) fn run(folder: &Path, program: &Command) -> Self {
        let mut keeper = Command::new("sh");
        keeper.args(["-c", PROGRAM, "keeper"]).arg(folder).arg(program.get_program()).args(program.get_args());
        keeper.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut keeper = keeper.spawn().expect("there is a shell");
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().expect("it is piped")).read_line(&mut line).expect("the shell says it");
        Self { keeper, number: line.trim().parse().expect("it is the program's number") }
    }

    /// Whether it has not ended by itself.
    pub(crate) fn is_there(&self) -> bool {
        Path::new(&format!("/proc/{}", self.number)).exists()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Ends the server, and removes its folder, when this process ends or drops the child's input.
pub(crate) fn of_one(cluster: &Cluster) -> Child {
    spawn(OF_ONE, cluster, Stdio::piped())
}

/// Ends the server when nobody uses the folder.
#[expect(clippy::zombie_processes, reason = "it outlives this process, which uses the folder")]
pub(crate) fn of_all(cluster: &Cluster) {
    spawn(OF_ALL, cluster, Stdio::null());
}

fn spawn(script: &str, cluster: &Cluster, input: Stdio) -> Child {
    let crash = cluster.crash();
    let mut keeper = Command::new("sh");
    keeper.arg("-c").arg(script).arg(cluster.folder()).arg(crash.get_program()).args(crash.get_args());
    keeper.current_dir("/").stdin(input).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    keeper.spawn().expect("there is a shell")
}
