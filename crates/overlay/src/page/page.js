"use strict";
// Draws the race that it is told of, event by event. It works no figure out, and whatever it is told is only ever text.
(function () {
  var get = function (id) { return document.getElementById(id); };
  var stage = get("stage"), asked = new URLSearchParams(window.location.search);

  // -- what the address asks for --
  function number(name, least, most, otherwise) {
    var value = Number(asked.get(name));
    return asked.get(name) && value >= least && value <= most ? value : otherwise;
  }
  var PARTS = ["tower", "bars", "gap", "lights", "verdict", "caption"];
  var shown = asked.get("show") ? asked.get("show").split(",") : PARTS;
  var delay = number("delay", 0, 60000, 0);
  document.documentElement.style.setProperty("--scale", number("scale", 0.25, 4, 1));
  if (asked.get("background") && CSS.supports("color", asked.get("background"))) {
    document.documentElement.style.background = asked.get("background");
  }
  function fit() {
    var least = Math.min(window.innerWidth / 1920, window.innerHeight / 1080);
    stage.style.transform = "translate(" + (window.innerWidth - 1920 * least) / 2 + "px," + (window.innerHeight - 1080 * least) / 2 + "px) scale(" + least + ")";
  }
  window.addEventListener("resize", fit);
  fit();

  // -- small hands --
  function say(node, text) { if (node.textContent !== text) { node.textContent = text; } }
  function paint(node, colour) { node.style.color = colour || ""; }
  function tinted(node, told) { say(node, told.text); paint(node, told.colour); }
  function hide(node, hidden) { if (node.hidden !== hidden) { node.hidden = hidden; } }
  function put(parent, kind, name, text) {
    var node = document.createElement(kind);
    if (name) { node.className = name; }
    if (text) { node.textContent = text; }
    parent.appendChild(node);
    return node;
  }
  function spans(node, told) {
    if (node.told === JSON.stringify(told)) { return; }
    node.told = JSON.stringify(told);
    node.replaceChildren();
    told.forEach(function (one, index) { paint(put(node, "span", "", (index ? " " : "") + one.text.trim()), one.colour); });
  }
  function of(lane) { return lane === null ? "" : "var(--lane" + lane + ")"; }
  // Begins an animation anew.
  function flash(node) {
    node.classList.remove("flash");
    void node.offsetWidth;
    node.classList.add("flash");
  }

  // What lets something shine through, by the colour that it is made of, with how much of that is there.
  var THIN = {
    ground: [["panel", "e6"]], track: [["line", "73"], ["road", "4d"]], heading: [["glow", "60"]], win: [["passing", "4d"]]
  };

  // -- who runs --
  var race, rows, fresh;
  function begin(told) {
    race = told;
    fresh = true;
    before = null;
    rows = [];
    hide(stage, !told.lanes.length);
    var root = document.documentElement.style;
    told.colours.forEach(function (one) {
      root.setProperty("--" + one[0], one[1]);
      (THIN[one[0]] || []).forEach(function (thin) { root.setProperty("--" + thin[0], one[1] + thin[1]); });
    });
    stage.style.setProperty("--lanes", Math.max(1, told.lanes.length));
    // Many lanes stand closer, so that the tower ends above the bars.
    stage.style.setProperty("--row", Math.min(76, Math.floor(560 / Math.max(1, told.lanes.length))) + "px");
    say(get("title"), told.title);
    get("places").replaceChildren();
    get("bars").replaceChildren();
    told.lanes.forEach(function (lane, index) {
      var colour = lane.colour || "#d7dce8";
      stage.style.setProperty("--lane" + index, colour);
      var place = put(get("places"), "li"), bar = put(get("bars"), "div", "bar");
      [place, bar].forEach(function (row) {
        row.style.setProperty("--lane", colour);
        row.style.setProperty("--lane-soft", colour + "8c");
      });
      var row = { place: place, bar: bar, position: put(place, "span", "place") };
      put(place, "span", "stripe");
      put(place, "span", "name cut", lane.name);
      row.sim = put(place, "span", "badge", "SIM");
      if (lane.ghost) { put(place, "span", "badge", "GHOST"); }
      row.at = put(place, "span", "at");
      put(bar, "span", "name cut", lane.number + " " + lane.name);
      row.run = put(put(bar, "div", "road"), "div", "run");
      [["ttft", "TTFT "], ["speed", ""], ["tokens", ""]].forEach(function (figure) {
        var box = put(bar, "span", "figure " + figure[0]);
        if (figure[1]) { put(box, "small", "", figure[1]); }
        row[figure[0]] = put(box, "span");
        row[figure[0] + "Unit"] = put(box, "small");
      });
      rows.push(row);
    });
  }

  // -- what moves --
  var before;
  function figures(told, row, index, all) {
    row.run.style.transform = "scaleX(" + told.share + ")";
    say(row.ttft, told.ttft[0]);
    say(row.ttftUnit, " " + told.ttft[1]);
    say(row.speed, told.speed);
    say(row.speedUnit, " tok/s");
    say(row.tokens, told.tokens);
    say(row.tokensUnit, " tok" + told.end);
    // Where all are simulated the head of each part says so.
    hide(row.sim, !told.simulated || all);
    row.bar.classList.toggle("stamped", told.stamped);
    row.bar.classList.toggle("home", told.state === "home");
    [row.bar, row.place].forEach(function (node) { node.classList.toggle("out", told.state === "out"); });
    if (told.stamped && !fresh && before && !before.lanes[index].stamped) { flash(row.bar); flash(row.place); }
  }
  function verdict(told, leader) {
    hide(get("verdict"), !told || !shown.includes("verdict"));
    if (!told) { return; }
    get("verdict").style.setProperty("--lane", of(leader));
    tinted(get("verdict-head"), told.head);
    say(get("verdict-ratio"), told.ratio || "");
    spans(get("verdict-words"), told.words);
    say(get("verdict-worth"), told.worth);
    var table = get("verdict-rows");
    if (table.told === JSON.stringify(told.rows)) { return; }
    table.told = JSON.stringify(told.rows);
    table.replaceChildren();
    table.classList.toggle("many", race.lanes.length > 3);
    var head = put(table, "tr");
    put(head, "th");
    race.lanes.forEach(function (lane, index) { put(head, "th", "", lane.name).style.setProperty("--lane", of(index)); });
    told.rows.forEach(function (row) {
      var line = put(table, "tr");
      put(line, "th", "", row.label);
      row.values.forEach(function (value, lane) { put(line, "td", row.best === lane ? "best" : "", value); });
    });
  }
  function draw(told) {
    // What was drawn before is no place to move from when a race begins.
    stage.classList.toggle("still", fresh || !race.motion);
    tinted(get("pace"), told.pace);
    document.querySelectorAll(".sim").forEach(function (badge) { hide(badge, !told.simulated); });
    ["tower", "bars"].forEach(function (part) { hide(get(part), !shown.includes(part)); });
    told.tower.forEach(function (place, index) {
      var row = rows[place.lane];
      row.place.style.transform = "translateY(calc(var(--row) * " + index + "))";
      say(row.position, "P" + (index + 1));
      tinted(row.at, place.gap);
      row.place.classList.toggle("passing", told.overtake === place.lane);
    });
    var all = told.lanes.every(function (lane) { return lane.simulated; });
    told.lanes.forEach(function (lane, index) { figures(lane, rows[index], index, all); });
    hide(get("gap"), !shown.includes("gap") || told.verdict !== null && shown.includes("verdict") || told.gap.text === "");
    get("gap").style.setProperty("--lane", of(told.leader));
    say(get("gap-name"), told.leader === null ? "" : race.lanes[told.leader].name);
    tinted(get("gap-figure"), told.gap);
    spans(get("gap-words"), told.words);
    hide(get("lights"), !told.lights || !shown.includes("lights"));
    if (told.lights) {
      tinted(get("lights-say"), told.lights.say);
      Array.from(get("lamps").children).forEach(function (lamp, index) { lamp.classList.toggle("lit", told.lights.lit > index); });
      get("lights-left").firstElementChild.style.transform = "scaleX(" + told.lights.left + ")";
    }
    hide(get("caption"), !told.caption || !shown.includes("caption"));
    say(get("caption-words"), told.caption || "");
    verdict(told.verdict, told.leader);
    before = told;
    if (fresh) {
      fresh = false;
      window.requestAnimationFrame(function () { stage.classList.toggle("still", !race.motion); });
    }
  }

  // -- the events: each is drawn when it is due, and of several that are due only the last --
  var waiting = [], timer = null, early = Infinity, run = "", last = "";
  function turn() {
    window.clearTimeout(timer);
    timer = null;
    var now = window.performance.now(), frame = null;
    while (waiting.length && waiting[0].at + early + delay <= now) {
      var next = waiting.shift();
      if (next.race) { begin(next.race); frame = null; } else { frame = next.frame; }
    }
    if (frame && race && race.lanes.length) { draw(frame); }
    if (waiting.length) { timer = window.setTimeout(turn, waiting[0].at + early + delay - now); }
  }
  function take(event) {
    last = event.lastEventId;
    var told = JSON.parse(event.data), of = last.split("-")[0];
    // Another run of the program has another clock.
    if (of !== run) { run = of; early = Infinity; waiting = []; }
    early = Math.min(early, window.performance.now() - told.at);
    waiting.push(told);
    turn();
  }
  var lost = null;
  function connect() {
    var source = new EventSource(last ? "/events?after=" + encodeURIComponent(last) : "/events");
    source.addEventListener("race", take);
    source.addEventListener("frame", take);
    source.onopen = function () { window.clearTimeout(lost); lost = null; if (before) { tinted(get("pace"), before.pace); } };
    source.onerror = function () {
      // A race that stands still is not live.
      lost = lost || window.setTimeout(function () {
        if (before && before.stage !== "over") { tinted(get("pace"), { text: "NO SIGNAL", colour: "var(--muted)" }); }
      }, 3000);
      if (source.readyState === EventSource.CLOSED) { source.close(); window.setTimeout(connect, 1000); }
    };
  }
  connect();
}());
