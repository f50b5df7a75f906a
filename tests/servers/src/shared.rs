use std::fs::File;
use std::io::Write;
use std::sync::LazyLock;

use crate::cluster::{Cluster, Durability};
use crate::keeper;

/// The server that all tests share, of this process and of others.
pub(crate) struct Shared {
    pub(crate) cluster: Cluster,
    /// Locked as long as this process lives.
    _users: File,
}

pub(crate) static SHARED: LazyLock<Shared> = LazyLock::new(Shared::join);

impl Shared {
    fn join() -> Self {
        let name = format!("tombola-postgres-{}", rustix::process::geteuid().as_raw());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("there is a folder for temporary files");
        let open = |name| {
            let file = File::options().create(true).append(true).open(folder.join(name));
            file.expect("a file in a folder of one's own")
        };
        let mut users = open("users");
        users.lock_shared().expect("locks can be had");
        // So that the keeper sees when it was last used.
        users.write_all(b".").expect("one's own file can be written");
        let starting = open("starting");
        starting.lock().expect("locks can be had");
        let cluster = Cluster::new(&folder);
        if !cluster.is_running() {
            cluster.create();
            cluster.start(Durability::Forgetful);
        }
        if open("keeper").try_lock().is_ok() {
            keeper::of_all(&cluster);
        }
        Self { cluster, _users: users }
    }
}
