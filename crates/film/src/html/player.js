"use strict";
// Plays the film that stands in this page. It asks nobody for anything, and what it draws is only ever drawn as text.
// No less-than sign and no ampersand may stand here, so that the page is the same as HTML and as XML.
(function () {
  var film = JSON.parse(document.getElementById("film").textContent);
  var get = function (id) { return document.getElementById(id); };
  var screen = get("screen"), bar = get("bar"), clock = get("clock"), play = get("play"), speed = get("speed");
  var pen = screen.getContext("2d", { alpha: false });
  var UNITS = [8, 16], BETWEEN = 64, BOLD = 1, ITALIC = 2, UNDERLINED = 4, CROSSED = 8;
  var size = film.cols * film.rows;

  // -- the state: what each cell holds, as far as frame `last`, with copies on the way for going back --
  var cells, last, dirty, copies = [];
  function blank() {
    cells = { text: new Array(size).fill(" "), ink: new Array(size).fill(0), width: new Array(size).fill(1) };
    last = -1;
  }
  function copy(from) {
    return { text: from.text.slice(), ink: from.ink.slice(), width: from.width.slice() };
  }
  function put(row, column, ink, text, width) {
    var at = row * film.cols + column;
    cells.text[at] = text;
    cells.ink[at] = ink;
    cells.width[at] = width;
    for (var covered = 1; width > covered; covered += 1) { cells.width[at + covered] = 0; }
  }
  function step() {
    last += 1;
    film.frames[last][1].forEach(function (run) {
      dirty[run[0]] = true;
      if (run.length === 5) { put(run[0], run[1], run[2], run[3], run[4]); return; }
      Array.from(run[3]).forEach(function (symbol, index) { put(run[0], run[1] + index, run[2], symbol, 1); });
    });
    if (last % BETWEEN === 0) { copies[last / BETWEEN] = copies[last / BETWEEN] || copy(cells); }
  }
  function frameAt(time) {
    var low = 0, high = film.frames.length - 1;
    while (high > low) {
      var middle = Math.ceil((low + high) / 2);
      if (film.frames[middle][0] > time) { high = middle - 1; } else { low = middle; }
    }
    return low;
  }
  function go(target) {
    if (last > target) {
      dirty.fill(true);
      var from = Math.floor(target / BETWEEN);
      cells = copy(copies[from]);
      last = from * BETWEEN;
    }
    while (target > last) { step(); }
  }

  // -- the picture: rows that changed are drawn anew, each symbol in its own cell --
  var wide, high, font;
  function fit() {
    var ratio = window.devicePixelRatio || 1;
    var room = Math.min(screen.parentNode.clientWidth * ratio / film.cols, (window.innerHeight - 110) * ratio / film.rows / 2);
    wide = Math.max(4, Math.floor(room));
    high = wide * 2;
    screen.width = wide * film.cols;
    screen.height = high * film.rows;
    screen.style.width = screen.width / ratio + "px";
    pen.font = "100px " + film.fonts;
    font = 100 * wide / pen.measureText("M").width;
    pen.textBaseline = "alphabetic";
    pen.direction = "ltr";
    dirty.fill(true);
  }
  function shaped(shape, left, top, ink) {
    var across = wide / UNITS[0], along = high / UNITS[1];
    if (typeof shape === "number") {
      pen.globalAlpha = shape / 4;
      pen.fillRect(left, top, wide, high);
      pen.globalAlpha = 1;
    } else if (typeof shape === "string") {
      pen.save();
      pen.translate(left, top);
      pen.scale(across, along);
      pen.strokeStyle = ink[0];
      pen.stroke(new Path2D(shape));
      pen.restore();
    } else {
      shape.forEach(function (rect) {
        var x = Math.round(rect[0] * across), y = Math.round(rect[1] * along);
        pen.fillRect(left + x, top + y, Math.max(1, Math.round(rect[2] * across) - x), Math.max(1, Math.round(rect[3] * along) - y));
      });
    }
  }
  function symbol(text, ink, left, top, width) {
    var room = wide * width;
    pen.fillStyle = ink[0];
    if (Object.prototype.hasOwnProperty.call(film.shapes, text)) { shaped(film.shapes[text], left, top, ink); return; }
    if (text !== " ") {
      pen.font = (ink[2] % 4 >= ITALIC ? "italic " : "") + (ink[2] % 2 === BOLD ? "bold " : "") + font + "px " + film.fonts;
      pen.fillText(text, left, top + high * 0.75, room);
    }
    if (ink[2] % 8 >= UNDERLINED) { pen.fillRect(left, top + Math.round(high * 0.85), room, Math.max(1, Math.round(high / 16))); }
    if (ink[2] >= CROSSED) { pen.fillRect(left, top + Math.round(high * 0.5), room, Math.max(1, Math.round(high / 16))); }
  }
  function drawRow(row) {
    var top = row * high, column, at, ink;
    for (column = 0; film.cols > column; column += 1) {
      at = row * film.cols + column;
      if (cells.width[at]) {
        pen.fillStyle = film.inks[cells.ink[at]][1];
        pen.fillRect(column * wide, top, wide * cells.width[at], high);
      }
    }
    for (column = 0; film.cols > column; column += 1) {
      at = row * film.cols + column;
      ink = film.inks[cells.ink[at]];
      if (cells.width[at]) { symbol(cells.text[at], ink, column * wide, top, cells.width[at]); }
    }
  }
  function show() {
    go(frameAt(now));
    for (var row = 0; film.rows > row; row += 1) {
      if (dirty[row]) {
        dirty[row] = false;
        pen.save();
        pen.beginPath();
        pen.rect(0, row * high, screen.width, high);
        pen.clip();
        drawRow(row);
        pen.restore();
      }
    }
    bar.value = now;
    mark();
    clock.textContent = (now / 1000).toFixed(2) + " / " + (film.duration / 1000).toFixed(2) + " s";
  }

  // -- the chapters: a button for each, the one that plays is marked --
  var buttons = [], marked = -1;
  function chapterAt(time) {
    var at = -1;
    // Half a millisecond is less than any frame takes.
    film.chapters.forEach(function (chapter, index) { if (time + 0.5 >= chapter[0]) { at = index; } });
    return at;
  }
  function mark() {
    var at = chapterAt(now);
    if (at === marked || !buttons.length) { return; }
    if (buttons[marked]) { buttons[marked].removeAttribute("aria-current"); }
    if (buttons[at]) { buttons[at].setAttribute("aria-current", "true"); }
    marked = at;
  }
  function jump(by) {
    var at = chapterAt(now);
    // Back is first to where the chapter begins, unless it has only just begun.
    if (0 > by) { at = at >= 0 ? (now - film.chapters[at][0] > 700 ? at : at - 1) : -1; } else { at += 1; }
    seek(at >= 0 ? (film.chapters[at] || [film.duration])[0] : 0);
  }

  // -- the transport --
  var now = 0, playing = false, before = 0;
  function tick(time) {
    if (!playing) { return; }
    now = Math.min(film.duration, now + (time - before) * Number(speed.value));
    before = time;
    show();
    if (now >= film.duration) { set(false); } else { window.requestAnimationFrame(tick); }
  }
  function set(on) {
    playing = on;
    play.textContent = on ? "Pause" : "Play";
    if (!on) { return; }
    if (now >= film.duration) { now = 0; }
    window.requestAnimationFrame(function (time) { before = time; tick(time); });
  }
  function seek(time) {
    now = Math.max(0, Math.min(film.duration, time));
    show();
  }
  function nudge(by) {
    set(false);
    var next = Math.max(0, Math.min(film.frames.length - 1, frameAt(now) + by));
    seek(film.frames[next][0]);
  }
  function faster(by) {
    speed.selectedIndex = Math.max(0, Math.min(speed.options.length - 1, speed.selectedIndex + by));
  }
  var help = get("help"), full = get("full"), root = document.documentElement;
  function fill() {
    if (!root.requestFullscreen) { return; }
    if (document.fullscreenElement) { document.exitFullscreen(); } else { root.requestFullscreen(); }
  }
  full.hidden = !root.requestFullscreen;
  full.addEventListener("click", fill);
  function explain(on) {
    help.hidden = !on;
    get("keys").setAttribute("aria-expanded", String(on));
  }
  get("keys").addEventListener("click", function () { explain(help.hidden); });
  screen.addEventListener("click", function () { set(!playing); });
  play.addEventListener("click", function () { set(!playing); });
  bar.addEventListener("input", function () { seek(Number(bar.value)); });
  window.addEventListener("resize", function () { fit(); show(); });
  document.addEventListener("keydown", function (event) {
    if (event.target === speed || event.altKey || event.ctrlKey || event.metaKey) { return; }
    var far = event.shiftKey ? 5000 : 1000;
    var keys = {
      " ": function () { set(!playing); },
      "ArrowLeft": function () { seek(now - far); },
      "ArrowRight": function () { seek(now + far); },
      ",": function () { nudge(-1); },
      ".": function () { nudge(1); },
      "Home": function () { seek(0); },
      "End": function () { seek(film.duration); },
      "[": function () { faster(-1); },
      "]": function () { faster(1); },
      "m": function () { jump(1); },
      "M": function () { jump(-1); },
      "f": fill,
      "?": function () { explain(help.hidden); },
      "Escape": function () { explain(false); }
    };
    // A button is pressed by the space bar already.
    if (!keys[event.key] || (event.key === " " ? event.target.tagName === "BUTTON" : false)) { return; }
    event.preventDefault();
    keys[event.key]();
  });
  film.chapters.forEach(function (chapter) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = (chapter[0] / 1000).toFixed(2) + " s  " + chapter[1];
    button.addEventListener("click", function () { seek(chapter[0]); });
    get("chapters").appendChild(button);
    buttons.push(button);
  });
  bar.max = film.duration;
  dirty = new Array(film.rows).fill(true);
  blank();
  fit();
  // A page can be opened at a moment: #t=1.25. Whoever wants less motion begins it by hand.
  var asked = /^#t=([0-9.]+)$/.exec(window.location.hash);
  if (asked) { seek(Number(asked[1]) * 1000); } else { show(); set(!window.matchMedia("(prefers-reduced-motion: reduce)").matches); }
}());
