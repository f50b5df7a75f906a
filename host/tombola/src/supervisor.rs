//! What a supervisor is told that started the program and wants to know: the protocol of systemd's `sd_notify(3)`, a datagram for
//! each state to the socket that a variable names. Where none is named, nobody is told.

use std::ffi::OsString;
use std::io;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use crate::environment;

/// A state of the host's, as the protocol spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Requests are answered from now on.
    Ready,
    /// No more connections are taken, and the program ends soon.
    Stopping,
}

/// Tells the supervisor. That it can't be told is no reason not to serve.
pub(crate) fn tell(state: State) {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is for the process, not for a command, so that no flag stands beside it"
    )]
    let socket = std::env::var_os(environment::NOTIFY_SOCKET);
    if let Some(Err(error)) = socket.map(|socket| send(socket, state)) {
        tracing::warn!(%error, ?state, "the supervisor could not be told");
    }
}

fn send(socket: OsString, state: State) -> io::Result<()> {
    let text: &[u8] = match state {
        State::Ready => b"READY=1",
        State::Stopping => b"STOPPING=1",
    };
    UnixDatagram::unbound()?.send_to_addr(text, &address(socket)?).map(drop)
}

/// A path, or after an `@` a name that Linux keeps outside of the file system.
fn address(socket: OsString) -> io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = socket.as_encoded_bytes().strip_prefix(b"@") {
        return SocketAddr::from_abstract_name(name);
    }
    SocketAddr::from_pathname(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(listener: &UnixDatagram) -> Vec<u8> {
        let mut buffer = [0; 64];
        let length = listener.recv(&mut buffer).unwrap();
        buffer[..length].to_vec()
    }

    #[test]
    fn a_socket_at_a_path_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let listener = UnixDatagram::bind(&path).unwrap();
        send(path.clone().into(), State::Ready).unwrap();
        send(path.into(), State::Stopping).unwrap();
        assert_eq!([heard(&listener), heard(&listener)], [b"READY=1".to_vec(), b"STOPPING=1".to_vec()]);
        assert!(send(folder.path().join("nobody").into(), State::Ready).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_socket_with_a_name_is_told() {
        let name = format!("tombola-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let listener = UnixDatagram::bind_addr(&address).unwrap();
        send(format!("@{name}").into(), State::Ready).unwrap();
        assert_eq!(heard(&listener), b"READY=1");
    }
}
