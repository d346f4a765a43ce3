// Live refresh: <div data-refresh-url="/same-origin/part" [data-refresh-every="3"] [data-refresh-etag='"v7"']>.
// The server answers with the part's inner HTML and an ETag, 304 when nothing changed, and the header
// "X-Refresh: done" when there is nothing more to wait for. Rows with data-key are matched by it.
import { fragmentOf } from "./html.js";

const EVERY = 3;
const AT_MOST = 60;

class Refresher {
  constructor(place) {
    this.place = place;
    this.every = Number(place.dataset.refreshEvery) || EVERY;
    this.etag = place.dataset.refreshEtag || null;
    this.failures = 0;
    this.timer = null;
    this.asking = null;
    this.done = false;
  }

  start() {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.pause() : this.soon()));
    window.addEventListener("online", () => this.soon());
    if (!document.hidden) this.later(this.every);
  }

  pause() {
    clearTimeout(this.timer);
    this.asking?.abort();
  }

  soon() {
    if (this.done || document.hidden) return;
    this.pause();
    this.ask();
  }

  later(seconds) {
    clearTimeout(this.timer);
    if (!this.done && !document.hidden) this.timer = setTimeout(() => this.ask(), seconds * 1000);
  }

  async ask() {
    const asking = (this.asking = new AbortController());
    const limit = setTimeout(() => asking.abort("slow"), 15000);
    try {
      const answer = await fetch(this.place.dataset.refreshUrl, {
        headers: { Accept: "text/html", ...(this.etag && { "If-None-Match": this.etag }) },
        cache: "no-store", credentials: "same-origin", redirect: "error", signal: asking.signal,
      });
      await this.take(answer);
    } catch {
      if (asking.signal.aborted && asking.signal.reason !== "slow") return; // we stopped it ourselves
      this.failed();
    } finally {
      clearTimeout(limit);
    }
  }

  async take(answer) {
    if ([401, 403, 404, 410].includes(answer.status)) return this.stop("This page has moved on. Please reload it.");
    if (answer.status !== 304 && !answer.ok) return this.failed(Number(answer.headers.get("Retry-After")));
    if (answer.status !== 304 && !this.busy()) {
      this.swap(fragmentOf(await answer.text()));
      this.etag = answer.headers.get("ETag");
    }
    if (answer.headers.get("X-Refresh") === "done") return this.stop("");
    this.recovered();
    this.later(this.every);
  }

  failed(wait = 0) {
    this.failures += 1;
    if (this.failures === 2 || !navigator.onLine) say("Offline. What you see may be a little old.");
    const pause = Math.min(this.every * 2 ** this.failures, AT_MOST) * (0.8 + Math.random() * 0.4);
    this.later(Math.max(wait || 0, pause));
  }

  recovered() {
    if (this.failures) say("");
    this.failures = 0;
  }

  stop(words) {
    this.done = true;
    this.place.removeAttribute("aria-busy");
    say(words);
  }

  /** Someone is typing or marking text here: the next round will do. */
  busy() {
    if (this.place.querySelector("input[type=range]:active")) return true;
    const typing = document.activeElement?.closest("input:not([type=radio], [type=checkbox], [type=range]), textarea, select");
    const marked = document.getSelection();
    return (typing && this.place.contains(typing)) ||
      (marked && !marked.isCollapsed && this.place.contains(marked.anchorNode));
  }

  swap(fragment) {
    const before = textByKey(this.place);
    const places = placesByKey(this.place);
    const sliders = new Map([...this.place.querySelectorAll("input[type=range][id]")].map((r) => [r.id, r.value]));
    const open = new Set([...this.place.querySelectorAll("details[open][data-key]")].map((d) => d.dataset.key));
    const focus = pathTo(document.activeElement, this.place);
    this.place.replaceChildren(fragment);
    for (const fold of this.place.querySelectorAll("details[data-key]")) {
      if (open.has(fold.dataset.key)) fold.open = true;
    }
    for (const range of this.place.querySelectorAll("input[type=range][id]")) {
      if (!sliders.has(range.id) || sliders.get(range.id) === range.value) continue;
      range.value = sliders.get(range.id);
      range.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.place.querySelector(focus)?.focus({ preventScroll: true });
    moveRows(this.place, places);
    markChanged(this.place, before);
  }
}

function textByKey(place) {
  return new Map([...place.querySelectorAll("[data-key]:not(details)")].map((row) => [row.dataset.key, wordsOf(row)]));
}

function wordsOf(row) {
  return row.textContent.replace(/\s+/g, " ").trim();
}

function placesByKey(place) {
  return new Map([...place.querySelectorAll("[data-key]:not(details)")].map((row) => [row.dataset.key, topOf(row)]));
}

/** Where a row stands on the page, however far it is scrolled. */
function topOf(row) {
  return row.getBoundingClientRect().top + window.scrollY;
}

/** Slide rows that have moved to their new place, so that the eye can follow. */
function moveRows(place, before) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const moved = [...place.querySelectorAll("[data-key]:not(details)")].map((row) => [row, before.get(row.dataset.key) - topOf(row)]);
  for (const [row, by] of moved) {
    if (!by || Number.isNaN(by)) continue;
    row.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: 600, easing: "cubic-bezier(.2, .7, .2, 1)" });
  }
}

function markChanged(place, before) {
  if (!before.size) return;
  for (const row of place.querySelectorAll("[data-key]:not(details)")) {
    if (before.get(row.dataset.key) === wordsOf(row)) continue;
    row.classList.add("is-changed");
    setTimeout(() => row.classList.remove("is-changed"), 2600);
  }
}

/** A selector that finds the focused element again after the swap; "none" (an unknown element) when there is none. */
function pathTo(element, place) {
  if (!element || element === place || !place.contains(element)) return "none";
  if (element.id) return `#${CSS.escape(element.id)}`;
  const row = element.closest("[data-key]");
  const near = row && place.contains(row) ? `[data-key="${CSS.escape(row.dataset.key)}"] ` : "";
  const action = element.form?.getAttribute("action");
  const form = action ? `form[action="${CSS.escape(action)}"] ` : "";
  const href = element.getAttribute("href");
  return near + form + element.localName + (href ? `[href="${CSS.escape(href)}"]` : "");
}

function say(words) {
  const place = document.querySelector("[data-refresh-status]");
  if (place && place.textContent !== words) place.textContent = words;
}

document.querySelectorAll("[data-refresh-url]").forEach((place) => new Refresher(place).start());
