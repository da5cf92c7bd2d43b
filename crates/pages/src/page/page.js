"use strict";
(() => {
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const root = document.documentElement;
  all(".still").forEach((note) => note.remove());

  const theme = document.getElementById("theme");
  theme.hidden = false;
  theme.onclick = () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  };

  // A figure in a cell, whatever its sign and its unit: times in ms, all others as they stand.
  const figure = (text) => {
    const found = /-?\d[\d,]*(\.\d+)?(e-?\d+)?/.exec(text.replace("−", "-"));
    if (!found) return NaN;
    const value = Number(found[0].replaceAll(",", ""));
    return / s$/.test(text.trim()) ? value * 1000 : / min$/.test(text.trim()) ? value * 60000 : value;
  };
  const said = (cell) => (cell.firstChild ? cell.firstChild.textContent : "");
  const sort = (head) => {
    const table = head.closest("table"), body = table.tBodies[0], column = head.cellIndex;
    const up = head.getAttribute("aria-sort") !== "ascending";
    all("th[aria-sort]", table.tHead).forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...body.rows].map((row) => ({ row, text: row.cells[column] ? said(row.cells[column]) : "" }));
    const numbers = rows.filter((one) => !Number.isNaN(figure(one.text))).length * 2 > rows.length;
    const compare = (a, b) => {
      const [x, y] = [figure(a.text), figure(b.text)];
      if (!numbers) return a.text.localeCompare(b.text);
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y) || 0;
      return x - y;
    };
    rows.sort((a, b) => (up ? compare(a, b) : compare(b, a)));
    body.append(...rows.map((one) => one.row));
  };
  all(".sort").forEach((button) => (button.onclick = () => sort(button.closest("th"))));

  all(".filter").forEach((input) => {
    input.hidden = false;
    const rows = all("tbody tr", input.nextElementSibling);
    input.oninput = () => {
      const wanted = input.value.toLowerCase();
      rows.forEach((row) => (row.hidden = !row.textContent.toLowerCase().includes(wanted)));
    };
  });

  const tip = document.getElementById("tip");
  addEventListener("pointermove", (event) => {
    const told = event.target instanceof Element && event.target.closest("[data-tip]");
    tip.hidden = !told;
    if (!told) return;
    tip.textContent = told.dataset.tip;
    tip.style.setProperty("left", Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px");
    tip.style.setProperty("top", Math.min(event.clientY + 16, innerHeight - tip.offsetHeight - 8) + "px");
  });

  all(".save").forEach((button) => {
    button.onclick = async () => {
      const packed = document.querySelector(`script[data-file="${CSS.escape(button.dataset.name)}"]`).textContent;
      const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await new Response(stream).blob());
      link.download = button.dataset.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    };
  });

  all(".race").forEach((race) => {
    const data = JSON.parse(race.querySelector("script").textContent);
    const [play, bar, speed, clock] = ["button", "input", "select", "output"].map((what) => race.querySelector(what));
    const lanes = all(".lane", race).map((lane, index) => {
      const { reads, thought, letters } = data.lanes[index];
      let so = 0;
      const come = letters && letters.map((count) => (so += count));
      const [before, answer] = [lane.querySelector("i"), lane.querySelector("b")];
      const [thinking, text] = [[...before.textContent], [...answer.textContent]];
      return { reads, thought, come, before, answer, thinking, text, bar: lane.querySelector("progress"), told: lane.querySelector("p"), end: lane.querySelector("p").textContent, pre: lane.querySelector("pre") };
    });
    let at = data.end, last = null;
    const show = () => {
      for (const lane of lanes) {
        const come = lane.reads.filter((ms) => ms <= at).length, count = lane.reads.length || 1;
        const part = (letters, from, to) => letters.slice(0, Math.round((letters.length * Math.max(0, Math.min(come, to) - from)) / Math.max(1, to - from))).join("");
        const exact = lane.come && (come ? lane.come[come - 1] : 0);
        lane.before.textContent = lane.come ? lane.thinking.slice(0, exact).join("") : part(lane.thinking, 0, lane.thought);
        lane.answer.textContent = lane.come ? lane.text.slice(0, Math.max(0, exact - lane.thinking.length)).join("") : part(lane.text, lane.thought, count);
        lane.bar.value = come / count;
        lane.told.textContent = come === count || at >= data.end ? lane.end : come ? `${come} of ${count} reads` : "waiting";
        if (at < data.end) lane.pre.scrollTop = lane.pre.scrollHeight;
      }
      bar.value = at;
      clock.textContent = `${(at / 1000).toFixed(3)} s`;
      play.textContent = last === null ? "Play" : "Pause";
    };
    const step = (now) => {
      if (last === null) return;
      at = Math.min(data.end, at + (now - last) * Number(speed.value));
      last = at < data.end ? now : null;
      show();
      if (last !== null) requestAnimationFrame(step);
    };
    play.onclick = () => {
      if (last === null && at >= data.end) at = 0;
      last = last === null ? performance.now() : null;
      show();
      requestAnimationFrame(step);
    };
    bar.oninput = () => ((at = Number(bar.value)), show());
    bar.max = data.end;
    race.querySelector(".bar").hidden = false;
    show();
  });
})();
