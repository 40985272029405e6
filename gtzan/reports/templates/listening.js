"use strict";
// Asks a listener, in an order of their own, and saves the answers. What the clips are, only the key knows.

const test = JSON.parse(document.getElementById("test").textContent);
const genres = [...document.getElementById("genres").content.children].map(genre => genre.textContent);
const LETTERS = "1234567890abcdefghijklmnopqrstuvw", DONT_KNOW = "x"; // x answers "don't know"
const STORE = `gtzan-listening-${test.page}`;
const at = id => document.getElementById(id);
let session = null, order = [], players = [], heard = new Set();

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Mulberry32: the same order for the same seed, in every browser.
function randomNumbers(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled(items, random) {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  return mixed;
}

// Genres first: a clip that was compared is known by then. One draw turns all pairs, which keeps their sides balanced.
function orderOf(seed) {
  const random = randomNumbers(seed), turned = random() < 0.5;
  const names = count => Object.keys(test.questions).filter(name => test.questions[name].length === count);
  const clips = name => turned ? [...test.questions[name]].reverse() : test.questions[name];
  return [...shuffled(names(1), random), ...shuffled(names(2), random)].map(name => ({ name, clips: clips(name) }));
}

// A private window may have no store: answers are kept until it is closed then.
const keep = () => { try { localStorage.setItem(STORE, JSON.stringify(session)); } catch { /* see above */ } };
const kept = () => { try { return JSON.parse(localStorage.getItem(STORE)); } catch { return null; } };

function crc32(text) {
  let c = ~0;
  for (const byte of new TextEncoder().encode(text)) {
    c ^= byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return (~c >>> 0).toString(16).padStart(8, "0");
}

function show(section) {
  for (const id of ["start", "question", "end"]) at(id).hidden = id !== section;
}

function say(text) { at("status").textContent = text; }

function toggle(number, again = false) {
  const player = players[number];
  const pause = !player.paused && !again;
  players.forEach(other => other.pause());
  if (pause) return;
  if (again) player.currentTime = 0;
  player.play().catch(error => { if (error.name !== "AbortError") say(`This browser cannot play the clip: ${error.message}`); });
}

// Goes on with what was paused; else plays what was not heard yet; else begins again.
function space() {
  const playing = players.findIndex(player => !player.paused);
  const paused = players.findIndex(player => player.currentTime > 0 && !player.ended);
  const unheard = players.findIndex((_, number) => !heard.has(number));
  toggle([playing, paused, unheard, 0].find(number => number >= 0));
}

function clip(name, number, count) {
  const label = count > 1 ? `Clip ${number + 1}` : "Clip";
  const player = element("audio", { src: test.sounds[name], preload: "auto" });
  const position = element("progress", { max: 1, value: 0, "aria-label": `Position in ${label}` });
  const button = element("button", { type: "button", class: "key" }, `▶ ${label}`, element("kbd", {}, count > 1 ? "←→"[number] : "Space"));
  const sign = () => { button.firstChild.data = `${player.paused ? "▶" : "❚❚"} ${label}`; };
  button.addEventListener("click", () => toggle(number));
  player.addEventListener("playing", () => { heard.add(number); sign(); listened(); });
  player.addEventListener("pause", sign);
  player.addEventListener("timeupdate", () => { position.value = player.currentTime / player.duration || 0; });
  player.addEventListener("ended", () => { if (!number && count > 1 && !heard.has(1)) toggle(1); });
  player.addEventListener("error", () => say("This browser cannot play the clip: it does not know FLAC."));
  players.push(player);
  return element("div", {}, button, position, player);
}

function listened() {
  const all = heard.size === players.length;
  for (const button of at("choices").children) button.disabled = !all;
  if (all) say("");
}

function render() {
  players.forEach(player => player.pause());
  if (session.index >= order.length) return finish();
  const question = order[session.index], pair = question.clips.length > 1;
  players = [];
  heard = new Set();
  at("where").textContent = `Question ${session.index + 1} of ${order.length}`;
  at("done").max = order.length;
  at("done").value = session.index;
  at("asked").textContent = pair ? "Which sounds more like real music?" : "Which genre is this?";
  at("clips").replaceChildren(...question.clips.map((name, number) => clip(name, number, question.clips.length)));
  const names = pair ? ["Clip 1", "Clip 2"] : [...genres, "don’t know"];
  at("choices").replaceChildren(...names.map((name, number) => {
    const letter = number < genres.length || pair ? LETTERS[number] : DONT_KNOW;
    const button = element("button", { type: "button", class: "key", "data-key": letter ?? "", "aria-pressed": false }, name);
    if (letter) button.append(element("kbd", {}, letter));
    button.addEventListener("click", () => choose(pair ? question.clips[number] : number < genres.length ? number : null));
    return button;
  }));
  const given = session.answers[question.name];
  if (given) question.clips.forEach((_, number) => heard.add(number)); // who comes back has listened already
  at("back").hidden = session.index === 0;
  say(given ? "" : pair ? "Listen to both clips, then answer: Space plays one after the other." : "Listen, then answer.");
  listened();
  mark();
  show("question");
  at("asked").focus();
}

function mark() {
  const question = order[session.index], given = session.answers[question.name];
  const pair = question.clips.length > 1;
  const chosen = !given ? -1 : pair ? question.clips.indexOf(given.answer) : given.answer ?? genres.length;
  [...at("choices").children].forEach((button, number) => button.setAttribute("aria-pressed", number === chosen));
  at("next").disabled = !given;
}

function choose(answer) {
  session.answers[order[session.index].name] = { answer, at: new Date().toISOString() };
  keep();
  mark();
}

function go(step) {
  if (step > 0 && (session.index >= order.length || !session.answers[order[session.index].name])) return;
  session.index = Math.max(0, session.index + step);
  if (session.index < order.length) delete session.finished;
  keep();
  render();
}

function finish() {
  session.finished ??= new Date().toISOString();
  keep();
  const { listener, seed, started, finished } = session;
  const answers = order.map(({ name }) => ({ question: name, ...session.answers[name] }));
  const results = { page: test.page, listener, seed, started, finished, answers };
  const text = JSON.stringify({ ...results, checksum: crc32(JSON.stringify(results)) }, null, 1);
  URL.revokeObjectURL(at("save").href);
  at("save").href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  at("save").download = `listening_${test.page}_${seed}.json`;
  show("end");
  at("save").focus();
}

function begin(listener) {
  const [seed] = crypto.getRandomValues(new Uint32Array(1));
  session = { listener, seed, started: new Date().toISOString(), index: 0, answers: {} };
  order = orderOf(seed);
  keep();
  render();
}

at("who").addEventListener("submit", event => {
  event.preventDefault();
  begin(at("listener").value.trim());
});
at("back").addEventListener("click", () => go(-1));
at("last").addEventListener("click", () => go(-1));
at("next").addEventListener("click", () => go(1));
at("another").addEventListener("click", () => {
  if (!confirm("Have the answers been saved? They are removed from this page.")) return;
  try { localStorage.removeItem(STORE); } catch { /* there is none */ }
  at("listener").value = "";
  show("start");
  at("listener").focus();
});

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || !at("start").hidden) return;
  const control = event.target.closest("button, a");
  // A control that has the focus takes these two keys itself, unless it is the answer that was given already.
  if ((event.key === " " || event.key === "Enter") && control && control.getAttribute("aria-pressed") !== "true") return;
  const keys = { " ": space, Enter: () => go(1), Backspace: () => go(-1), ArrowLeft: () => toggle(0, true), ArrowRight: () => toggle(players.length - 1, true) };
  const answer = [...at("choices").children].find(button => button.dataset.key === event.key.toLowerCase());
  const act = keys[event.key] ?? (answer && (() => answer.click()));
  if (!act || (at("question").hidden && event.key !== "Backspace")) return;
  event.preventDefault();
  act();
});

session = kept();
if (session) {
  order = orderOf(session.seed);
  render();
} else {
  at("listener").focus();
}
