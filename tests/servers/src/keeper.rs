//! What ends a server when nobody uses it any more, also when those who did were killed: a process of its own, in a group of its
//! own, which needs no more than a shell.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use crate::cluster::Cluster;

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
