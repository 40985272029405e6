"use strict";
// Opens a cell of the confusion matrix: its tracks, their predicted probabilities, and image, audio and evidence of each
// mistake.

const data = JSON.parse(document.getElementById("held-out").textContent);
const matrix = document.getElementById("matrix");
const dialog = document.getElementById("cell");
const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
const percent = share => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;

// Names come from anywhere, so text is only ever set as text.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function draw(picture, label) {
  const values = bytes(picture), colours = bytes(data.colours), rows = data.rows, columns = values.length / rows;
  const attributes = { role: "img", "aria-label": label, width: columns, height: rows };
  const canvas = element("canvas", attributes), context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  values.forEach((value, i) => {
    const pixel = 4 * ((rows - 1 - (i % rows)) * columns + Math.floor(i / rows));
    image.data.set([...colours.subarray(3 * value, 3 * value + 3), 255], pixel);
  });
  context.putImageData(image, 0, 0);
  canvas.style.width = percent(columns / data.columns);
  return canvas;
}

function pictures(track) {
  const truth = data.genres[track.truth], predicted = data.genres[track.predicted];
  const passage = element("span", { class: "passage" });
  const left = track.start / data.seconds;
  if (left < 1) passage.style.cssText = `left: ${100 * left}%; width: ${100 * Math.min(data.segment / data.seconds, 1 - left)}%`;
  else passage.hidden = true;
  const shown = [["this track", track.picture], [`true: ${truth}`, data.means[track.truth]], [`predicted: ${predicted}`, data.means[track.predicted]]];
  return element("div", { class: "pictures" }, ...shown.map(([name, picture], i) => {
    const label = i ? `MFCCs of the mean of ${data.genres[i === 1 ? track.truth : track.predicted]} training tracks` : `MFCCs of ${track.name}`;
    const drawn = picture ? draw(picture, `${label}, ${data.rows} coefficients over ${data.seconds.toFixed(0)} seconds`) : "no training tracks";
    return element("figure", {}, element("figcaption", {}, name), element("div", {}, drawn, ...(i ? [] : [passage])));
  }));
}

function probabilities(track) {
  const order = track.p.map((_, genre) => genre).sort((a, b) => track.p[b] - track.p[a]);
  const shown = order.filter((genre, rank) => rank < 3 || genre === track.truth);
  return element("dl", { class: "bars" }, ...shown.map(genre => {
    const bar = element("span", { class: genre === track.truth ? "bar true" : "bar" });
    bar.style.width = percent(track.p[genre] / 1000);
    const mark = genre === track.truth ? " (true)" : "";
    return element("div", {}, element("dt", {}, data.genres[genre] + mark), element("dd", {}, bar, percent(track.p[genre] / 1000)));
  }));
}

function evidence(track) {
  const { cells, seconds, hertz } = track.evidence;
  const largest = Math.max(0.01, ...cells.flat().map(Math.abs));
  const name = low => low < 1000 ? String(low) : `${(low / 1000).toFixed(1)}k`;
  const spans = cells.map((_, i) => element("th", { scope: "col" }, `${seconds[i].toFixed(1)}–${seconds[i + 1].toFixed(1)} s`));
  const rows = hertz.slice(0, -1).map((low, band) => {
    const values = cells.map(bands => {
      const value = bands[band], cell = element("td", { class: value > 0 ? "for" : "against" });
      cell.style.setProperty("--share", (Math.abs(value) / largest).toFixed(3));
      cell.append(`${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)}`);
      return cell;
    });
    return element("tr", {}, element("th", { scope: "row" }, `${name(low)}–${name(hertz[band + 1])} Hz`), ...values);
  });
  const caption = `What speaks for ${data.genres[track.predicted]}: the drop in its log-odds where a band is 20 dB softer`;
  return element("table", { class: "evidence" }, element("caption", {}, caption),
    element("thead", {}, element("tr", {}, element("td"), ...spans)), element("tbody", {}, ...rows.reverse()));
}

function show(track) {
  const facts = [track.artist, track.title].filter(Boolean).join(" – ");
  const article = element("article", {}, element("h3", {}, track.name));
  if (facts) article.append(element("p", { class: "soft" }, facts));
  article.append(probabilities(track));
  if (track.sound) {
    const end = track.start + data.segment;
    const label = `${track.name}, second ${track.start.toFixed(1)} to ${end.toFixed(1)}: the segment most confidently predicted as ${data.genres[track.predicted]}`;
    article.append(element("audio", { controls: "", preload: "metadata", src: track.sound, "aria-label": label }));
    article.append(element("p", { class: "soft small" }, `second ${track.start.toFixed(1)} to ${end.toFixed(1)}, most confidently predicted as ${data.genres[track.predicted]}`));
  }
  if (track.evidence) article.append(element("div", { class: "scroll" }, evidence(track)));
  if (track.picture) article.append(pictures(track));
  return article;
}

matrix.addEventListener("click", event => {
  const cell = event.target.closest("button");
  if (!cell) return;
  const truth = Number(cell.dataset.truth), predicted = Number(cell.dataset.predicted);
  const tracks = data.tracks.filter(track => track.truth === truth && track.predicted === predicted);
  tracks.sort((a, b) => b.p[predicted] - a.p[predicted]);
  const count = `${tracks.length} ${tracks.length === 1 ? "track" : "tracks"}`;
  const names = truth === predicted ? `${data.genres[truth]}, predicted correctly` : `${data.genres[truth]}, predicted as ${data.genres[predicted]}`;
  document.getElementById("cell-heading").textContent = `${names}: ${count}`;
  document.getElementById("cell-legend").hidden = !tracks.some(track => track.picture);
  document.getElementById("cell-tracks").replaceChildren(...tracks.map(show));
  cell.classList.add("open");
  dialog.showModal();
  dialog.scrollTop = 0;
});

matrix.addEventListener("keydown", event => {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const cell = event.target.closest("td");
  if (!step || !cell) return;
  event.preventDefault();
  let row = cell.parentElement.rowIndex, column = cell.cellIndex, next;
  do {
    next = matrix.rows[row += step[0]]?.cells[column += step[1]];
  } while (next && !next.querySelector("button"));
  next?.querySelector("button").focus();
});

dialog.querySelector(".close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", event => event.target === dialog && dialog.close()); // beside it
dialog.addEventListener("close", () => {
  document.getElementById("cell-tracks").replaceChildren(); // silences players
  matrix.querySelector(".open").classList.remove("open");
});
