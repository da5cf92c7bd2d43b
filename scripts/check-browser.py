#!/usr/bin/env python3
"""Opens exported SVG files and pages in headless Chromium and looks at what it makes of them.

    cargo build --release && scripts/check-browser.py [--keep DIR]

Not part of `cargo test`, since it wants a browser: `chromium`, `chromium-browser` or `google-chrome` in PATH, or
the one that $CHROMIUM names. Only Python's own library is used. For the bundled race and for one in which the models
say everything that could break a page it checks that

- the still, the animation and the page are drawn, each to a picture that is not empty;
- the animation, held at a moment, is the still of that moment, but for glyphs that reach out of their row;
- the page's player runs (it makes a button for each chapter), reports no error, and nothing that a model said runs;
- none of them asks the network for anything.
"""
import argparse
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(os.environ.get("SPEED_KINGS", ROOT / "target/release/speed-kings"))
RACE = ROOT / "recordings/wafer-vs-lpu-sim.race"
SIZE = (1280, 720)
# Pixels that may differ between an animation and a still: parts of glyphs beyond their row are cut off in one.
STRAYS = 200
HOSTILE = [
    "</script><script>document.title='OWNED'</script>", "<img src=x onerror=\"document.title='OWNED'\">",
    "]]><svg onload=\"document.title='OWNED'\"/>", "\x1b[2J\x1b]0;OWNED\x07\x9b31m", "\u202eevil\u2066bidi\u2069",
    "<!-- --><style>*{display:none}</style>", "zalgo: e" + "\u0301\u0335" * 40, "👩‍👩‍👧‍👦🇩🇪❤️👍🏽", "速度比較競走応答",
    "שלום עולם", "مرحبا بالعالم", "&amp;&#60;&lt;", "\u2028\u2029\ufffe\uffff\x00", "x" * 1_000_000,
]


def chromium():
    names = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    for name in filter(None, names):
        if path := shutil.which(name):
            return path
    sys.exit("no Chromium found: install it, or name it by CHROMIUM=/path/to/chromium")


def browse(url, *args):
    # A profile of its own, and a proxy that nobody listens on: whatever is asked of the network fails with a message.
    with tempfile.TemporaryDirectory() as profile:
        command = [
            chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
            f"--user-data-dir={profile}", "--proxy-server=127.0.0.1:9", "--enable-logging=stderr",
            f"--window-size={SIZE[0]},{SIZE[1]}", *args, url,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line or "ERR_" in line]
    return done.stdout, complaints


def pixels(path):
    """Width and rows of a PNG of 8 bits a channel, as Chromium writes it; each pixel as three bytes."""
    data, at, packed = path.read_bytes(), 8, b""
    while at < len(data):
        (length,), kind = struct.unpack(">I", data[at:at + 4]), data[at + 4:at + 8]
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, _, colour = struct.unpack(">IIBB", body[:10])
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    raw, step = zlib.decompress(packed), {2: 3, 6: 4}[colour]
    rows, before, at = [], bytes(width * step), 0
    for _ in range(height):
        kind, row = raw[at], bytearray(raw[at + 1:at + 1 + width * step])
        at += 1 + width * step
        for x in range(width * step):
            left = row[x - step] if x >= step else 0
            up, corner = before[x], before[x - step] if x >= step else 0
            if kind == 1:
                row[x] = (row[x] + left) & 255
            elif kind == 2:
                row[x] = (row[x] + up) & 255
            elif kind == 3:
                row[x] = (row[x] + (left + up) // 2) & 255
            elif kind == 4:
                near = sorted((abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)))[0]
                best = left if abs(up - corner) == near else up if abs(left - corner) == near else corner
                row[x] = (row[x] + best) & 255
        rows.append([bytes(row[x:x + 3]) for x in range(0, width * step, step)])
        before = bytes(row)
    return rows


def shot(path, png):
    # Nothing is shot before all of it is painted, however busy the machine.
    painted = ["--run-all-compositor-stages-before-draw", "--virtual-time-budget=2000"]
    _, complaints = browse(f"file://{path}", *painted, f"--screenshot={png}")
    rows = pixels(png)
    colours = {pixel for row in rows for pixel in row}
    assert len(colours) > 20, f"{path}: the picture is as good as empty"
    assert not complaints, f"{path}: {complaints}"
    return rows


def held(svg, at, into):
    style = f"<style>.k{{animation-delay:-{at}s!important;animation-play-state:paused!important}}</style></svg>"
    into.write_text(re.sub(r"</svg>\s*$", lambda _: style, svg.read_text()))
    return into


def hostile(into):
    lines = RACE.read_text().splitlines()
    texts = 0
    for number, line in enumerate(lines):
        event = json.loads(line)
        if isinstance(event, list) and len(event) > 3 and event[2] in ("t", "r"):
            event[3] = HOSTILE[texts % len(HOSTILE)] if texts < 6 * len(HOSTILE) else "fine. "
            texts += 1
            # One line of a million characters is enough.
            event[3] = event[3] if texts < len(HOSTILE) + 1 else event[3][:4000]
            lines[number] = json.dumps(event)
    header = json.loads(lines[0])
    header["lanes"][0]["name"] = "</title><script>document.title='OWNED'</script>"
    lines[0] = json.dumps(header)
    into.write_text("\n".join(lines) + "\n")
    return into


def check(race, name, out):
    still, moving, page = out / f"{name}.still.svg", out / f"{name}.svg", out / f"{name}.html"
    # A still has no effects, and so must the film be without them.
    export = [str(PROGRAM), "export", str(race), "--cells", "160x45", "--fps", "10", "--no-motion"]
    subprocess.run([*export, "--to", str(moving), str(page)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*export, "--at", "600ms", "--to", str(still)], check=True, stdout=subprocess.DEVNULL)
    expected = shot(still, out / f"{name}.still.png")
    dom, complaints = browse(f"file://{page}#t=2", "--dump-dom")
    chapters = dict((words, float(at)) for at, words in re.findall(r'<button type="button"[^>]*>([\d.]+) s  ([^<]*)</button>', dom))
    assert "green light" in chapters and not complaints, f"{page}: the player does not run: {complaints}"
    assert "OWNED" not in re.search(r"<title>(.*?)</title>", dom, re.S)[1].replace("document.title='OWNED'", "")
    seen = shot(held(moving, chapters["green light"] + 0.65, out / f"{name}.held.svg"), out / f"{name}.held.png")
    strays = sum(a != b for left, right in zip(expected, seen) for a, b in zip(left, right))
    assert strays <= STRAYS, f"{moving}: {strays} pixels differ from the still"
    shot(f"{page}#t=2", out / f"{name}.html.png")
    print(f"{name}: drawn and inert; {strays} stray pixels; {len(chapters)} chapters")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="folder for the files and their pictures")
    keep = parser.parse_args().keep
    with tempfile.TemporaryDirectory() as scratch:
        out = (keep or Path(scratch)).resolve()
        out.mkdir(parents=True, exist_ok=True)
        check(RACE, "race", out)
        check(hostile(out / "hostile.race"), "hostile", out)


if __name__ == "__main__":
    main()
