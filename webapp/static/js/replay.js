// <section data-replay="/same-origin/replay.json">: plays a challenge day by day on the road that the server has drawn.
// The slider and the button show only here; without this script, links lead from day to day. With reduced motion the
// dots jump from one day to the next, and nothing plays by itself. Once the slider rests, the list and the links below
// the road (data-replay-part) are those of its day.
import { fragmentOf } from "./html.js";

const SVG = "http://www.w3.org/2000/svg";
const DAY_MS = 450;
const POINTS = 800;
const REST_MS = 300;
const still = matchMedia("(prefers-reduced-motion: reduce)");

class Road {
  constructor(svg, runners) {
    const path = svg.querySelector("path[id]");
    const length = path.getTotalLength();
    this.points = Array.from({ length: POINTS + 1 }, (_, n) => path.getPointAtLength((length * n) / POINTS));
    svg.querySelectorAll(".road__dot, .road__name, .road__arrow").forEach((drawn) => drawn.remove());
    this.layer = svg.appendChild(document.createElementNS(SVG, "g"));
    this.others = new Map();
    this.runners = runners.map((runner) => this.dot(runner));
    this.mine = runners.map((runner) => runner.me);
    this.layer.append(...this.runners.filter((_, n) => this.mine[n])); // above all others
  }

  dot(runner) {
    const dot = this.layer.appendChild(document.createElementNS(SVG, "g"));
    dot.setAttribute("class", `road__dot ${runner.me ? "road__dot--me" : `hue-${runner.hue}`}`);
    dot.append(circle(runner.me ? 10 : 7), words(runner.me ? "You" : runner.name, -15));
    return dot;
  }

  /** Name the viewer, and whoever is in front. */
  name(day) {
    const front = day.ways.indexOf(Math.max(...day.ways));
    this.runners.forEach((dot, n) => dot.classList.toggle("is-named", this.mine[n] || (n === front && day.ways[n] > 0)));
  }

  /** Draw the moment between two days; `share` is 0 at the end of `day`, 1 at the end of `next`. */
  draw(day, next, share) {
    this.runners.forEach((dot, n) => this.put(dot, between(day.ways[n], next.ways[n], share)));
    const from = new Map(day.others), to = new Map(next.others);
    for (const way of new Set([...this.others.keys(), ...from.keys(), ...to.keys()])) {
      const count = between(from.get(way) ?? 0, to.get(way) ?? 0, share);
      this.other(way).setAttribute("r", count ? Math.min(14, 2.5 * Math.sqrt(count)).toFixed(1) : 0);
    }
  }

  other(way) {
    if (!this.others.has(way)) {
      const made = circle(0);
      made.setAttribute("class", "road__other");
      this.layer.prepend(made);
      this.put(made, way);
      this.others.set(way, made);
    }
    return this.others.get(way);
  }

  put(element, way) {
    const { x, y } = this.points[Math.round(Math.min(1, Math.max(0, way)) * POINTS)];
    element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  }
}

class Replay {
  constructor(place) {
    this.place = place;
    this.slider = place.querySelector("[data-replay-slider]");
    this.button = place.querySelector("[data-replay-play]");
    this.says = place.querySelector("[data-replay-says]");
    this.listed = this.slider.value;
    this.slider.addEventListener("input", () => this.jump());
    this.button.addEventListener("click", () => (this.frame ? this.stop() : this.play()));
    still.addEventListener("change", () => this.pause());
    this.button.hidden = still.matches;
    place.querySelector("[data-replay-controls]").hidden = false;
  }

  load() {
    this.loading ??= fetch(this.place.dataset.replay, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then(({ runners, days }) => {
        this.days = days;
        this.roads = [...this.place.querySelectorAll("svg")].map((svg) => new Road(svg, runners));
        this.slider.max = days.length - 1;
      })
      .catch(() => {
        this.loading = null;
        this.says.textContent = "The days could not be loaded. Please try again.";
        return Promise.reject();
      });
    return this.loading;
  }

  async jump() {
    this.stop();
    await this.load().then(() => this.show(Number(this.slider.value)), () => {});
  }

  async play() {
    if (!(await this.load().then(() => true, () => false))) return;
    const last = this.days.length - 1;
    const first = Number(this.slider.value) < last ? Number(this.slider.value) : 0;
    const began = performance.now();
    this.says.setAttribute("aria-live", "off"); // a sentence a day would be read aloud without end
    this.button.textContent = "Pause";
    const step = (now) => {
      const moment = Math.min(last, first + Math.max(0, now - began) / DAY_MS);
      this.show(moment);
      this.frame = moment < last ? requestAnimationFrame(step) : null;
      if (!this.frame) this.stop();
    };
    this.frame = requestAnimationFrame(step);
  }

  stop() {
    this.pause();
    this.list();
  }

  /** Bring the list and the links to the day of the slider, once it rests. */
  list() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.fetchList().catch(() => {}), REST_MS);
  }

  async fetchList() {
    await this.load();
    const wanted = this.slider.value;
    if (this.frame || wanted === this.listed) return;
    const address = `${location.pathname}?day=${this.days[wanted].day}`;
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok || this.frame || wanted !== this.slider.value) return;
    const page = fragmentOf(await answer.text());
    for (const part of document.querySelectorAll("[data-replay-part]")) {
      const fresh = page.querySelector(`[data-replay-part="${part.dataset.replayPart}"]`);
      if (fresh && !part.contains(document.activeElement)) part.replaceChildren(...fresh.childNodes);
    }
    this.listed = wanted;
    history.replaceState(null, "", address);
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    this.button.textContent = "Play";
    this.button.hidden = still.matches;
    this.says.removeAttribute("aria-live");
  }

  show(moment) {
    const at = Math.floor(moment), day = this.days[at], next = this.days[at + 1] ?? day;
    this.roads.forEach((road) => road.draw(day, next, moment - at));
    if (this.shown === at) return;
    this.shown = at;
    this.roads.forEach((road) => road.name(day));
    this.slider.value = at;
    this.slider.setAttribute("aria-valuetext", day.says.split(".")[0]);
    this.says.textContent = day.says;
  }
}

function between(from, to, share) {
  return from + (to - from) * share;
}

function circle(radius) {
  const made = document.createElementNS(SVG, "circle");
  made.setAttribute("r", radius);
  return made;
}

function words(text, y) {
  const made = document.createElementNS(SVG, "text");
  made.setAttribute("y", y);
  made.setAttribute("class", "road__name");
  made.textContent = text;
  return made;
}

document.querySelectorAll("[data-replay]").forEach((place) => new Replay(place));
