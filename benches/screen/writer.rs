//! The writer of the screen bench: a process of its own that sends tokens at an even pace and keeps when it began each write,
//! from when its request had arrived: how late this process woke to read it is none of the program's doing.
//! It is told by a variable where to keep that, and ends when it is killed.

use std::fmt::Write as _;
use std::io::{BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::server::{HEAD, LAST, MODELS, WriterProcess, chunk, next_request, serve};

/// Names the folder of the logs, and with that says that this process is the writer.
const LOGS: &str = "SPEED_KINGS_BENCH_LOGS";
const TOKEN: &[u8] =
    b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"},\"finish_reason\":null}]}\n\n";

/// Where this process is to keep its logs, if it is the writer.
pub(crate) fn asked() -> Option<PathBuf> {
    std::env::var_os(LOGS).map(PathBuf::from)
}

/// Starts one that keeps its logs in `folder`.
pub(crate) fn start(folder: &Path) -> WriterProcess {
    WriterProcess::start(LOGS, folder)
}

/// When it began to write each token to `lane`, in µs since its request had arrived. The log is used up.
pub(crate) fn log(folder: &Path, lane: &str) -> Vec<f64> {
    let path = folder.join(lane);
    let text = std::fs::read_to_string(&path).expect("the writer's log");
    std::fs::remove_file(path).expect("a log that goes");
    text.lines().map(|line| line.parse().expect("a number")).collect()
}

/// Answers until it is killed.
pub(crate) fn run(folder: PathBuf) {
    serve(move |connection| answer(connection, &folder));
}

fn answer(mut connection: TcpStream, folder: &Path) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut input = BufReader::new(connection.try_clone()?);
    let token = chunk(TOKEN);
    loop {
        let asked = arrival::next(&connection)?;
        let Some(request) = next_request(&mut input)? else { return Ok(()) };
        let Some(lane) = request.strip_prefix("POST /").and_then(|path| path.split('/').next()) else {
            connection.write_all(MODELS)?;
            continue;
        };
        connection.write_all(HEAD)?;
        let mut log = String::new();
        for number in 0..super::TOKENS {
            let due = super::TTFT + Duration::from_secs_f64(f64::from(number) / super::TOK_S);
            std::thread::sleep(due.saturating_sub(asked.elapsed()));
            writeln!(log, "{}", asked.elapsed().as_secs_f64() * 1e6).expect("room for a line");
            connection.write_all(&token)?;
        }
        // Before its end, so that the log is there once the answer is.
        std::fs::write(folder.join(lane), log)?;
        connection.write_all(&chunk(LAST))?;
        connection.write_all(b"0\r\n\r\n")?;
    }
}

/// When what comes next on a connection arrived, by the kernel's own note.
#[cfg(target_os = "linux")]
mod arrival {
    use std::io::IoSliceMut;
    use std::net::TcpStream;
    use std::os::fd::AsRawFd as _;
    use std::time::{Duration, Instant, SystemTime};

    use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
    use nix::sys::time::TimeSpec;

    /// Waits for it, and leaves it there.
    pub(super) fn next(connection: &TcpStream) -> std::io::Result<Instant> {
        setsockopt(connection, sockopt::ReceiveTimestampns, &true)?;
        let (mut first, mut note) = ([0], nix::cmsg_space!(TimeSpec));
        let mut parts = [IoSliceMut::new(&mut first)];
        let message = recvmsg::<()>(connection.as_raw_fd(), &mut parts, Some(&mut note), MsgFlags::MSG_PEEK)?;
        let (now, unix) = (Instant::now(), SystemTime::now());
        let arrived = message.cmsgs()?.find_map(|told| match told {
            ControlMessageOwned::ScmTimestampns(time) => Some(SystemTime::UNIX_EPOCH + Duration::from(time)),
            _ => None,
        });
        let age = arrived.and_then(|arrived| unix.duration_since(arrived).ok()).unwrap_or_default();
        Ok(now.checked_sub(age).unwrap_or(now))
    }
}

/// When what comes next on a connection was seen, where no kernel notes it.
#[cfg(not(target_os = "linux"))]
mod arrival {
    use std::net::TcpStream;
    use std::time::Instant;

    /// Waits for it, and leaves it there.
    pub(super) fn next(connection: &TcpStream) -> std::io::Result<Instant> {
        connection.peek(&mut [0])?;
        Ok(Instant::now())
    }
}
