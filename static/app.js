// The little that pages need beside htmx. Every page can be read and every form sent without it.
(() => {
  "use strict";

  const keysOff = "muster-keys-off"; // localStorage: a person may switch single keys off (WCAG 2.1.4)
  const rows = ".data tbody tr, .groups .group, .groups .g-site, [data-row]";
  let going = 0; // time of the last "g", the first half of a two-key jump

  const visible = (el) => el.checkVisibility();
  const typing = (el) => el.isContentEditable || el.matches("input:not([type=checkbox], [type=radio]), textarea, select");

  // A half-chosen group is written as data-some, since HTML has no attribute for it.
  function markSome(root) {
    for (const box of root.querySelectorAll("input[data-some]")) box.indeterminate = true;
  }

  // "2 min ago" would go on saying so in a page that is left open. Only such texts are counted on; the rest is the
  // server's. What counts is the time since the text appeared, so a wrong clock here does no harm.
  const seen = new WeakMap();
  const written = /^(?:just now|(\d+) (min|h)( ago)?)$/;
  const minutes = { min: 1, h: 60 };
  function countOn() {
    for (const el of document.querySelectorAll("time")) {
      let was = seen.get(el);
      if (was?.text !== el.textContent) {
        const match = el.textContent.match(written);
        if (!match) continue;
        const [, n = 0, unit = "min", ago = ""] = match;
        was = { at: Date.now(), age: n * minutes[unit], unit, ago: n ? ago : " ago" };
      }
      const age = was.age + Math.floor((Date.now() - was.at) / 60000);
      was.text = say(age, was);
      seen.set(el, was);
      if (el.textContent !== was.text) el.textContent = was.text;
    }
  }
  function say(age, { unit, ago }) {
    if (age < 1) return "just now";
    return (age < 60 && unit === "min" ? `${age} min` : `${Math.floor(age / 60)} h`) + ago;
  }

  function focusSearch() {
    const field = [...document.querySelectorAll("main input[type=search]")].find(visible);
    field?.focus();
    field?.select();
    return Boolean(field);
  }

  // The next or previous row is the one after the row that holds the focus; focusing its link makes Enter open it.
  function step(by) {
    const all = [...document.querySelectorAll(rows)].filter((row) => visible(row) && entry(row));
    const here = all.findLastIndex((row) => row.contains(document.activeElement)); // rows may lie in rows
    const next = here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by;
    if (all[next]) entry(all[next]).focus();
    return all.length > 0;
  }
  const entry = (row) => row.querySelector(".lead a[href], .who a[href], summary, a[href]") ?? row.querySelector("[role=checkbox]");

  function go(key) {
    const link = document.querySelector(`a[data-go="${CSS.escape(key)}"]`);
    link?.click();
    return Boolean(link);
  }

  function open(selector) {
    const dialog = document.querySelector(selector);
    if (dialog && !dialog.open) dialog.showModal();
    return Boolean(dialog);
  }

  function onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (localStorage.getItem(keysOff) || document.querySelector("dialog[open]")) return;
    if (onSingleKey(event.key)) event.preventDefault();
  }

  function onSingleKey(key) {
    const second = Date.now() - going < 1500;
    going = 0;
    if (second && /^[a-z]$/.test(key)) return go(key);
    switch (key) {
      case "g": going = Date.now(); return true;
      case "/": return focusSearch();
      case "j": return step(1);
      case "k": return step(-1);
      case "?": return open("#keys");
      case "x": return choose(false) || onBenchKey(key);
      case "X": return choose(true);
      case "s": return press(document.querySelector("#bulk-bar button[value=sync]"));
      case "Escape": return clearChosen();
    }
    return onBenchKey(key);
  }

  // Keys of the Updates page: choose the row, open its group, go on to the review.
  function onBenchKey(key) {
    const row = document.activeElement?.closest(".g-site, .group");
    switch (key) {
      case "x": return press(row?.querySelector(".tick"));
      case "e": return press(row?.closest(".group")?.querySelector("summary"));
      case "r": return press(document.querySelector("[data-key=r]"));
    }
    return false;
  }
  function press(button) {
    if (!button || button.disabled || !visible(button)) return false;
    button.click();
    return true;
  }

  // Rows that are chosen, and what the bar below them says. Every box belongs to the form "bulk".
  const boxes = () => [...document.querySelectorAll("#sites td.pick input")].filter(visible);
  let lastBox = null; // where a range begins
  function countChosen() {
    const sum = document.querySelector("#bulk-sum");
    const all = document.querySelector("#pick-all");
    if (!sum) return;
    const list = boxes();
    const chosen = list.filter((box) => box.checked);
    if (all) {
      all.hidden = false;
      all.checked = chosen.length > 0 && chosen.length === list.length;
      all.indeterminate = chosen.length > 0 && !all.checked;
    }
    const matching = document.querySelector("#bulk-all");
    if (matching && chosen.length < list.length) matching.checked = false;
    const dashboards = new Set(chosen.map((box) => box.dataset.dashboard)).size;
    const text = matching?.checked
      ? matching.parentElement.textContent.trim()
      : `${chosen.length} ${chosen.length === 1 ? "site" : "sites"} selected`;
    const where = matching?.checked ? "" : ` on ${dashboards} ${dashboards === 1 ? "Dashboard" : "Dashboards"}`;
    if (sum.textContent === text + where) return;
    const strong = document.createElement("strong");
    const small = document.createElement("small");
    [strong.textContent, small.textContent] = [text, where];
    sum.replaceChildren(strong, small);
  }
  function choose(range) {
    const list = boxes();
    const box = list.find((b) => b.closest("tr").contains(document.activeElement));
    if (!box) return false;
    const from = range && lastBox ? list.indexOf(lastBox) : -1;
    if (from < 0) {
      box.checked = !box.checked;
    } else {
      const to = list.indexOf(box);
      for (const b of list.slice(Math.min(from, to), Math.max(from, to) + 1)) b.checked = true;
    }
    lastBox = box;
    countChosen();
    return true;
  }
  function chooseAll(on) {
    for (const box of boxes()) box.checked = on;
    countChosen();
  }
  function clearChosen() {
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
      return true;
    }
    if (!boxes().some((box) => box.checked)) return false;
    chooseAll(false);
    return true;
  }
  function onPick(event) {
    const box = event.target;
    if (box.id === "pick-all") return chooseAll(box.checked);
    if (box.id === "bulk-all" && box.checked) return chooseAll(true);
    if (box.matches("#sites td.pick input")) lastBox = box;
    countChosen();
  }

  // A run's page is told of changes by a stream. Where a proxy keeps the stream back, the page asks by itself; a hidden
  // one does not.
  const silence = 40000; // more than two beats of the stream
  const first = 6000; // a stream that works speaks at once
  let heard = 0;
  let ended = false; // the run is over: nothing more will come
  let since = Date.now();
  function pollSilent() {
    const poll = document.querySelector("#live-poll");
    if (!poll || document.hidden || ended) {
      since = Date.now();
      return;
    }
    if (Date.now() - (heard || since) > (heard ? silence : first)) htmx.trigger(poll, "live:poll");
  }
  function onStream(event) {
    if (event.target.id !== "live") return;
    heard = Date.now();
    const name = event.detail?.message?.event;
    if (name === "over") {
      const poll = document.querySelector("#live-poll");
      if (poll) htmx.trigger(poll, "live:poll"); // once more, for the menu
      ended = true;
    }
    if (name === "reload") location.reload();
  }

  // The clipboard needs https or this machine; elsewhere the text is selected for the person to copy.
  async function copy(button) {
    const source = document.querySelector(button.dataset.copy);
    if (!source) return;
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    } catch {
      getSelection().selectAllChildren(source);
      return;
    }
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, 2000);
  }

  // A button that its own press takes away, as "leave out" does, hands the focus on to the next of its kind, or to the heading.
  let pressed = null;
  function notePress(target) {
    const button = target.closest(":is(#review, #dock) button[name]");
    if (!button) return;
    const box = button.closest("#review, #dock").id;
    const like = `#${box} button[name="${button.name}"]`;
    pressed = { box, like, at: [...document.querySelectorAll(like)].indexOf(button) };
  }
  function keepFocus() {
    if (!pressed || document.activeElement !== document.body) return;
    const left = [...document.querySelectorAll(pressed.like)].filter(visible);
    const next = left[Math.min(pressed.at, left.length - 1)] ?? [...document.querySelectorAll(`#${pressed.box} :is(h2, .sum)`)].find(visible);
    if (next?.matches("h2, .sum")) next.tabIndex = -1;
    next?.focus();
  }

  function onClick(event) {
    notePress(event.target);
    const button = event.target.closest("[data-copy], [data-dialog]");
    if (button?.dataset.copy) copy(button);
    if (button?.dataset.dialog) open(button.dataset.dialog);
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  }

  function onChange(event) {
    onPick(event);
    if (!event.target.matches("[data-keys-switch]")) return;
    if (event.target.checked) localStorage.removeItem(keysOff);
    else localStorage.setItem(keysOff, "1");
  }

  function ready(root) {
    markSome(root);
    countOn();
    countChosen();
    for (const box of root.querySelectorAll("[data-keys-switch]")) box.checked = !localStorage.getItem(keysOff);
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  document.addEventListener("DOMContentLoaded", () => ready(document));
  document.addEventListener("htmx:after:swap", () => {
    ready(document);
    keepFocus();
  });
  document.addEventListener("go", (event) => location.assign(event.detail.data)); // the end of a streamed answer
  document.addEventListener("htmx:sse:before:message", onStream);
  document.addEventListener("reset", () => setTimeout(countChosen));
  setInterval(pollSilent, 3000);
  setInterval(countOn, 30000);
})();
