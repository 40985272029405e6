"use strict";
// Names the track under the pointer or the focus, plays the one that is selected, and moves the focus by arrow keys.

const tracks = JSON.parse(document.getElementById("tracks").textContent);
const map = document.getElementById("map");
const legend = document.getElementById("legend");
const tip = document.getElementById("tip");
const sound = document.getElementById("sound");
const link = document.getElementById("link");
const dots = [...map.querySelectorAll(".dot")];
const places = dots.map(dot => dot.transform.baseVal.getItem(0).matrix);

// Names come from anywhere, so text is only ever set as text.
function name(dot) {
  const track = tracks[dots.indexOf(dot)], frame = tip.parentElement.getBoundingClientRect(), place = dot.getBoundingClientRect();
  tip.textContent = `${track.name} · ${track.group}`;
  tip.hidden = false;
  const left = place.right - frame.left + 6, room = frame.width - tip.offsetWidth;
  tip.style.left = `${Math.max(0, Math.min(left, room))}px`;
  tip.style.top = `${place.top - frame.top + (left > room ? 20 : -4)}px`;
}

function play(dot) {
  const track = tracks[dots.indexOf(dot)];
  document.getElementById("player").hidden = false;
  document.getElementById("silent").hidden = true;
  document.getElementById("name").textContent = track.name;
  document.getElementById("facts").textContent = track.group === track.predicted ? track.group : `${track.group}; predicted: ${track.predicted}`;
  if (link) link.href = track.sound;
  map.querySelector(".playing")?.classList.remove("playing");
  dot.classList.add("playing");
  sound.src = track.sound;
  sound.play().catch(() => {}); // what cannot be played raises an error event, too
}

function focus(dot) {
  map.querySelector('[tabindex="0"]').setAttribute("tabindex", -1);
  dot.setAttribute("tabindex", 0);
  dot.focus();
}

// The nearest dot within 45 degrees of an arrow's direction; none at the edge.
function next(dot, [right, down]) {
  const from = places[dots.indexOf(dot)];
  let nearest = dot, least = Infinity;
  dots.forEach((other, i) => {
    const x = places[i].e - from.e, y = places[i].f - from.f;
    const ahead = x * right + y * down, aside = Math.abs(x * down) + Math.abs(y * right);
    if (ahead > 0 && aside <= ahead && ahead + aside < least && !other.classList.contains("off")) {
      [nearest, least] = [other, ahead + aside];
    }
  });
  return nearest;
}

for (const event of ["pointerover", "focusin"]) map.addEventListener(event, ({ target }) => target.matches(".dot") && name(target));
for (const event of ["pointerout", "focusout"]) map.addEventListener(event, () => (tip.hidden = true));
map.addEventListener("click", ({ target }) => {
  if (!target.matches(".dot")) return;
  focus(target);
  play(target);
});
map.addEventListener("keydown", event => {
  if (!event.target.matches(".dot")) return;
  const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
  if (step) focus(next(event.target, step));
  else if (event.key === "Enter" || event.key === " ") play(event.target);
  else return;
  event.preventDefault();
});
sound.addEventListener("error", () => (document.getElementById("silent").hidden = false));

legend.addEventListener("click", event => {
  const button = event.target.closest("button");
  if (!button) return;
  button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
  const shown = [...legend.querySelectorAll("[aria-pressed=true]")].map(pressed => pressed.dataset.group);
  for (const dot of dots) dot.classList.toggle("off", shown.length > 0 && !shown.includes(dot.dataset.group));
  const first = dots.find(dot => !dot.classList.contains("off"));
  map.querySelector('[tabindex="0"]').setAttribute("tabindex", -1);
  first.setAttribute("tabindex", 0);
});
