#!/usr/bin/env python3
"""Does anything grow? Races and benchmark runs by the thousand, in one process each, against the simulator in another.

Usage: scripts/soak.py [PATH-TO-BINARY] [RUNS]; build it with `cargo build --release`. Linux: it reads /proc.

Prints resident memory and open files after a tenth of the work and at its end. What the results themselves take is part of
a benchmark's memory; a race that is over leaves nothing.
"""

import fcntl
import os
import pathlib
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

BINARY = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "target/release/speed-kings")
RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
# Races on a screen have three seconds of start lights each, so there are fewer of them.
ON_SCREEN = max(RUNS // 50, 5)
PACE = r"ttft_ms:1\,tok_s:20000\,tokens:40"


def serve():
    """The simulator in a process of its own, and its address."""
    server = subprocess.Popen([BINARY, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in server.stdout:
        if "http://127.0.0.1:" in line:
            port = line.split("http://127.0.0.1:")[1].split("/")[0].split()[0]
            threading.Thread(target=server.stdout.read, daemon=True).start()
            return server, f"http://127.0.0.1:{port}/custom/{PACE}/v1"
    sys.exit("the simulator did not start")


def footprint(pid):
    """Resident memory in MiB and open files."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return resident / 1024, len(os.listdir(f"/proc/{pid}/fd"))


def row(what, early, late):
    print(f"{what:<34} {early[0]:7.1f} -> {late[0]:7.1f} MiB   {early[1]:3} -> {late[1]:3} open files", flush=True)


def headless(what, args, count):
    """Runs a command to its end; `count` gives how much of its work is done."""
    home = tempfile.mkdtemp()
    env = {"HOME": home, "PATH": os.environ["PATH"]}
    process = subprocess.Popen([BINARY, *args], cwd=home, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(process.stdout), daemon=True)
    reader.start()
    early = late = None
    while process.poll() is None:
        done = count(home, lines)
        try:
            now = footprint(process.pid)
        except (FileNotFoundError, StopIteration, ProcessLookupError):
            break
        if early is None and done >= RUNS // 10:
            early = now
        if done > 0:
            late = now
        time.sleep(0.05)
    process.wait()
    if process.returncode != 0:
        sys.exit(f"{what} ended with {process.returncode}")
    row(what, early or late, late)


def saved_runs(home, _):
    """Runs in the results file, counted by what stands once in each."""
    files = list(pathlib.Path(home, "results").rglob("*.json"))
    return files[0].read_text().count('"ttft_ms"') if files else 0


def on_screen(contestants):
    """Races on a screen, one after the other by the key for it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    home = tempfile.mkdtemp()
    env = {"HOME": home, "TERM": "xterm-256color", "PATH": os.environ["PATH"]}
    args = [BINARY, "race", *contestants, "--model", "m", "--prompt", "hi", "--no-record"]
    process = subprocess.Popen(args, stdin=theirs, stdout=theirs, stderr=theirs, cwd=home, env=env, start_new_session=True)
    os.close(theirs)
    marks = []
    for race in range(ON_SCREEN):
        seen, until = b"", time.time() + 30
        while b"VERDICT" not in seen and time.time() < until:
            if select.select([ours], [], [], 0.1)[0]:
                seen = seen[-4096:] + os.read(ours, 1 << 16)
        if race in (ON_SCREEN // 10, ON_SCREEN - 1):
            marks.append(footprint(process.pid))
        os.write(ours, b"r" if race + 1 < ON_SCREEN else b"q")
    while process.poll() is None:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                os.read(ours, 1 << 16)
            except OSError:
                break
    process.wait()
    row(f"{ON_SCREEN} races on a screen", marks[0], marks[-1])


def main():
    server, url = serve()
    contestants = ["--providers", f"a={url}", "--providers", f"b={url}"]
    ask = [*contestants, "--model", "m", "--prompt", "hi", "--max-tokens", "40"]
    try:
        subprocess.run(["cargo", "bench", "--quiet", "--bench", "soak", "--", url.replace("\\", ""), str(RUNS)], check=True)
        flags = ["-i", str(RUNS // 2), "--warmup", "0", "--pause", "0", "-y", "-o", "json"]
        headless(f"benchmark, {RUNS} runs", ["benchmark", *ask, *flags], saved_runs)
        on_screen(contestants)
    finally:
        server.kill()


main()
