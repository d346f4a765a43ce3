// The tap list of a run: <div data-count="/part" data-count-store="name" data-count-words='{"came": "Came", ...}'>. Taps
// and heads are kept on this phone until the server has them, so that counting goes on without the network. The part
// comes from the server; what still waits is laid over it. It holds no names: runners are known by the keys of the list.
import { fragmentOf } from "./html.js";

const POLL = 60_000;
const RETRY = 15_000;
const THERE = ["came", "left_early"];
const SIGNED_OUT = "You are signed out. Sign in again, then open this page: your taps are kept.";
const STALE = "Please reload this page: your taps are kept.";

class Kept {
  constructor(name) {
    this.name = name;
    this.last = { taps: {}, heads: {} };
  }

  read() {
    try {
      return { taps: {}, heads: {}, ...JSON.parse(localStorage.getItem(this.name)) };
    } catch {
      return this.last;
    }
  }

  write(kept) {
    this.last = kept;
    try {
      const isEmpty = !Object.keys(kept.taps).length && !Object.keys(kept.heads).length;
      if (isEmpty) localStorage.removeItem(this.name);
      else localStorage.setItem(this.name, JSON.stringify(kept));
    } catch {
      // A browser that keeps nothing: then the taps live as long as the page.
    }
  }

  change(how) {
    const kept = this.read();
    how(kept);
    this.write(kept);
  }
}

class TapList {
  constructor(place) {
    this.place = place;
    this.part = place.querySelector("[data-count-part]");
    this.words = JSON.parse(place.dataset.countWords);
    this.kept = new Kept(place.dataset.countStore);
    this.sending = null;
    this.isAway = false;
    this.said = "";
    this.shown = null;
  }

  start() {
    this.place.addEventListener("click", (event) => this.tapped(event));
    this.place.addEventListener("submit", (event) => this.submitted(event));
    addEventListener("online", () => this.send());
    addEventListener("offline", () => this.overlay());
    addEventListener("storage", (event) => event.key === this.kept.name && this.overlay());
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
    setInterval(() => this.waiting() && this.send(), RETRY);
    setInterval(() => document.hidden || this.refresh(), POLL);
    this.overlay();
    this.send();
  }

  tapped(event) {
    const button = event.target.closest("button[name=tap]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-key]:not(details)");
    const fold = row.querySelector("details");
    if (fold) fold.open = false;
    if (row.dataset.outcome === button.dataset.outcome) return;
    const [key, outcome] = button.value.split(" ");
    this.said = "";
    this.kept.change(({ taps }) => (taps[key] = { outcome, shown: button.dataset.outcome, at: Date.now() }));
    this.overlay();
    this.send();
  }

  submitted(event) {
    const form = event.target;
    if (form.dataset.heads && /^\s*\d{1,4}\s*$/.test(form.elements.heads.value)) {
      event.preventDefault();
      document.activeElement?.blur();
      this.said = "";
      this.kept.change(({ heads }) => (heads[form.dataset.heads] = form.elements.heads.value.trim()));
      this.overlay();
      this.send();
    } else if (!navigator.onLine) {
      event.preventDefault();
      this.said = "That needs the network.";
      this.overlay();
    }
  }

  waiting() {
    const { taps, heads } = this.kept.read();
    return Object.keys(taps).length + Object.keys(heads).length;
  }

  /** Send what waits, one request after another; while one is on its way, others wait for their turn. */
  async send() {
    if (this.sending) return;
    this.sending = this.sendAll();
    await this.sending;
    this.sending = null;
    this.overlay();
  }

  async sendAll() {
    while (this.waiting()) {
      const { taps, heads } = this.kept.read();
      const [when] = Object.keys(heads);
      const isSent = Object.keys(taps).length ? await this.sendTaps(taps) : await this.sendHeads(when, heads[when]);
      if (!isSent) return;
    }
  }

  async sendTaps(taps) {
    const listed = Object.entries(taps).slice(0, 400).map(([key, { outcome, at }]) => ({ key, outcome, at }));
    const form = this.part.querySelector("form[data-taps]");
    const done = () => this.kept.change((kept) => {
      for (const { key, at } of listed) if (kept.taps[key]?.at === at) delete kept.taps[key];
    });
    return this.post(form, { taps: JSON.stringify({ sent_at: Date.now(), taps: listed }) }, done);
  }

  async sendHeads(when, heads) {
    const form = this.part.querySelector(`form[data-heads=${when}]`);
    const done = () => this.kept.change((kept) => kept.heads[when] === heads && delete kept.heads[when]);
    return this.post(form, { when, heads }, done);
  }

  /** Post a form of ours with these values; true once the server has them, or will never take them. */
  async post(form, values, done) {
    const body = new FormData();
    body.set("csrf_token", form.elements.csrf_token.value);
    body.set("part", "1");
    for (const [name, value] of Object.entries(values)) body.set(name, value);
    try {
      const answer = await fetch(form.action, {
        method: "POST", body, credentials: "same-origin", redirect: "manual", headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(20_000),
      });
      return await this.take(answer, done);
    } catch {
      this.isAway = true;
      return false;
    }
  }

  async take(answer, done) {
    this.isAway = answer.status >= 500 || answer.status === 429;
    if (this.isAway) return false;
    if (answer.type === "opaqueredirect") return this.stop(SIGNED_OUT);
    if (answer.status === 400) return this.stop(STALE);
    if (answer.ok) {
      done();
      this.swap(await answer.text());
      return true;
    }
    // It will never be taken: the time for it is over, or the reader no longer leads this run.
    const { error, message } = await answer.json();
    done();
    this.said = `${error}. ${message}`;
    return true;
  }

  stop(words) {
    this.said = words;
    return false;
  }

  async refresh() {
    if (this.waiting()) return this.send();
    try {
      const answer = await fetch(this.place.dataset.count, { credentials: "same-origin", redirect: "error", cache: "no-store" });
      if (answer.ok && !this.waiting()) this.swap(await answer.text());
      this.isAway = false;
    } catch {
      this.isAway = true;
    }
    this.overlay();
  }

  /** Show what the server says, unless somebody is writing there. */
  swap(text) {
    const writes = document.activeElement?.matches("input") && this.part.contains(document.activeElement);
    if (writes || text === this.shown) return;
    this.shown = text;
    const open = new Set([...this.part.querySelectorAll("details[open]")].map((fold) => fold.dataset.key));
    const focused = this.part.contains(document.activeElement) ? document.activeElement : null;
    this.part.replaceChildren(fragmentOf(text));
    for (const fold of this.part.querySelectorAll("details")) fold.open = open.has(fold.dataset.key);
    this.refocus(focused);
    this.dropFound();
    this.overlay();
  }

  refocus(element) {
    if (!element) return;
    const row = element.closest("[data-key]:not(details)");
    const near = row ? `[data-key="${CSS.escape(row.dataset.key)}"] ` : "";
    const value = element.value ? `[value="${CSS.escape(element.value)}"]` : "";
    if (row || element.id) this.part.querySelector(near + element.localName + (element.id ? `#${CSS.escape(element.id)}` : value))?.focus({ preventScroll: true });
  }

  /** A member who was found and tapped is in the list by now. */
  dropFound() {
    const listed = new Set([...this.part.querySelectorAll("li[data-key]")].map((row) => row.dataset.key));
    for (const row of this.place.querySelectorAll("li[data-key]")) {
      if (!this.part.contains(row) && listed.has(row.dataset.key)) row.remove();
    }
  }

  overlay() {
    const { taps, heads } = this.kept.read();
    for (const row of this.place.querySelectorAll("li[data-key]")) {
      const tap = taps[row.dataset.key];
      row.toggleAttribute("data-waits", Boolean(tap));
      if (!tap) continue;
      row.dataset.outcome = tap.shown;
      row.querySelector("[data-said]").textContent = this.words[tap.shown] ?? "";
      row.querySelector(".tap__main").setAttribute("aria-pressed", String(tap.shown === "came"));
    }
    for (const form of this.part.querySelectorAll("form[data-heads]")) {
      if (form.dataset.heads in heads) form.elements.heads.value = heads[form.dataset.heads];
    }
    this.count();
    this.say();
  }

  count() {
    const rows = [...this.place.querySelectorAll("li[data-key]")];
    const there = rows.filter((row) => THERE.includes(row.dataset.outcome));
    const left = rows.filter((row) => "expected" in row.dataset && !row.dataset.outcome).length;
    const heads = there.reduce((sum, row) => sum + 1 + Number(row.dataset.guests), 0);
    this.place.querySelector("[data-count-here]").textContent = String(heads);
    this.place.querySelector("[data-count-left]").textContent = left ? `, ${left} to come` : "";
  }

  say() {
    const { taps, heads } = this.kept.read();
    const parts = [many(Object.keys(taps).length, "tap"), many(Object.keys(heads).length, "head count")].filter(Boolean);
    const isOne = this.waiting() === 1;
    const waits = parts.length && (this.isAway || !navigator.onLine) ? `${parts.join(" and ")} ${isOne ? "waits" : "wait"} for the network` : "";
    const words = [this.said, waits].filter(Boolean).join(" ");
    const place = this.place.querySelector("[data-count-says]");
    if (place.textContent !== words) place.textContent = words;
  }
}

function many(number, word) {
  return number ? `${number} ${word}${number === 1 ? "" : "s"}` : "";
}

for (const place of document.querySelectorAll("[data-count]")) new TapList(place).start();
