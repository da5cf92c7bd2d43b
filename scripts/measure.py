#!/usr/bin/env python3
"""Start to first frame, peak memory in a race, and size of a release binary, all through a pseudo-terminal.

Usage: scripts/measure.py [PATH-TO-BINARY]; build it with `cargo build --release`.
"""

import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

RUNS = 40
ROWS, COLUMNS = 50, 200
FRAME_END = b"\x1b[?2026l"  # a frame goes out as one synchronized update


def spawn(binary, *args):
    """Starts the binary in a terminal of its own, with an empty home and no keys; gives process and terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    home = tempfile.mkdtemp()
    env = {"HOME": home, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PATH": os.environ["PATH"]}
    process = subprocess.Popen(
        [binary, *args], stdin=theirs, stdout=theirs, stderr=theirs, cwd=home, env=env, start_new_session=True
    )
    os.close(theirs)
    return process, ours


def end(process, terminal):
    os.write(terminal, b"q")
    while process.poll() is None:
        drain(terminal, 0.01)
    os.close(terminal)


def drain(terminal, seconds):
    if not select.select([terminal], [], [], seconds)[0]:
        return b""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux's way to say that the other side has closed
        return b""


def first_frame(binary):
    """Milliseconds from before the fork to the end of the picker's first frame."""
    begun = time.perf_counter()
    process, terminal = spawn(binary)
    seen = b""
    while FRAME_END not in seen:
        seen += drain(terminal, 5) or sys.exit("no frame")
    spent = (time.perf_counter() - begun) * 1e3
    end(process, terminal)
    return spent


def peak_memory(binary):
    """MiB of resident memory at the peak of a simulated race, from the lights to the verdict."""
    process, terminal = spawn(binary, "race", "A1", "--sim")
    shown = time.monotonic() + 10  # countdown, race and verdict take eight seconds
    while time.monotonic() < shown:
        drain(terminal, 1)
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            peak = int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])
    end(process, terminal)
    return peak / 1024


def main():
    binary = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "target/release/speed-kings")
    signal.alarm(300)
    first_frame(binary)  # the file is in the page cache from here on
    spans = sorted(first_frame(binary) for _ in range(RUNS))
    p95 = statistics.quantiles(spans, n=20, method="inclusive")[-1]
    print(f"first frame  p50 {statistics.median(spans):.1f} ms, p95 {p95:.1f} ms, max {spans[-1]:.1f} ms, n = {RUNS}")
    peaks = [peak_memory(binary) for _ in range(3)]
    print(f"peak memory  {max(peaks):.1f} MiB, n = {len(peaks)}")
    print(f"binary       {os.path.getsize(binary) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
