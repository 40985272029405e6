"use strict";
// Sends a dropped, chosen or recorded file to this server and shows the answer; asks for generated music and rates it.

const element = id => document.getElementById(id);
const limits = JSON.parse(element("limits").textContent);
const song = element("song"), record = element("record");
let latest = 0; // of the files sent: answers to earlier ones are not shown
let shown = null; // the file whose genres are on the page, and these

function say(id, text, error = false) {
  element(id).textContent = text;
  element(id).classList.toggle("error", error);
}

// The answer to a request; an error's message is the server's sentence.
async function ask(path, body) {
  let response;
  try {
    response = await fetch(path, { method: "POST", body });
  } catch {
    throw new Error("gtzan serve does not answer: start it again.");
  }
  const answer = await response.json().catch(() => ({ error: "something failed: the terminal of gtzan serve says what." }));
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

async function predict(file, name) {
  const number = ++latest;
  element("result").hidden = true;
  try {
    if (file.size > limits.megabytes * 1e6) throw new Error(`larger than ${limits.megabytes} MB`);
    say("status", `Listening to ${name} …`);
    // Of the name, only a suffix is sent, which tells decoders of some formats apart.
    const suffix = /\.\w+$/.exec(name)?.[0] ?? "";
    const answer = await ask(`predictions?${new URLSearchParams({ suffix })}`, file);
    if (number !== latest) return;
    say("status", "");
    shown = { ...answer, file, suffix, number };
    show(answer, file, name);
  } catch (error) {
    if (number === latest) say("status", `${name}: ${error.message}`, true);
  }
}

const percent = p => `${Math.round(100 * p)}%`;
const clock = seconds => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;

function show({ seconds, unknown, genres, segments }, file, name) {
  const [[genre, p]] = genres;
  element("genre").textContent = unknown ? "unknown" : genre;
  element("facts").textContent = unknown ? `${name}: at most ${genre}, ${percent(p)}` : `${name}: ${percent(p)}`;
  URL.revokeObjectURL(song.src);
  song.src = URL.createObjectURL(file);
  element("rows").replaceChildren(...genres.map(([genre, p]) => row("div", [genre, percent(p)], "span")));
  element("passages").replaceChildren(...segments.map(({ start, end, p }) => {
    const ranked = p.map((value, i) => [value, genres[i][0]]).sort(([a], [b]) => b - a).slice(0, 3);
    return row("tr", [clock(start), clock(end), ranked.map(([value, genre]) => `${genre} ${percent(value)}`).join(", ")], "td");
  }));
  element("end").textContent = clock(seconds).split(".")[0];
  draw(seconds, segments);
  song.dataset.seconds = seconds; // recordings do not always say how long they are
  element("why").replaceChildren(...genres.slice(0, 3).map(([genre]) => Object.assign(
    document.createElement("button"), { type: "button", className: "button", textContent: `Why ${genre}?` })));
  say("why-status", "");
  element("explanation").hidden = true;
  element("result").hidden = false;
}

// Names come from anywhere, so text is only ever set as text.
function row(tag, cells, cellTag) {
  const made = document.createElement(tag);
  made.append(...cells.map(text => Object.assign(document.createElement(cellTag), { textContent: text })));
  return made;
}

function draw(seconds, segments) {
  const canvas = element("heat"), genres = segments[0].p.length;
  canvas.height = 40 * genres;
  const pen = canvas.getContext("2d");
  pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--cool");
  for (const { start, end, p } of segments) {
    const left = (start / seconds) * canvas.width, width = ((end - start) / seconds) * canvas.width;
    p.forEach((value, i) => {
      pen.globalAlpha = 0.06 + 0.94 * value;
      pen.fillRect(left, 40 * i + 2, width - 1, 36);
    });
  }
}

element("time").addEventListener("click", event => {
  const { left, width } = element("time").getBoundingClientRect();
  song.currentTime = ((event.clientX - left) / width) * song.dataset.seconds;
  song.play();
});
song.addEventListener("timeupdate", () => (element("now").style.left = `${(100 * song.currentTime) / song.dataset.seconds}%`));

// Where the seconds begin that are explained: those in which the genre is most probable.
function mostProbable(i, { seconds, segments }) {
  const starts = segments.map(({ start }) => start).filter(start => !start || start + limits.explained <= seconds);
  const sums = starts.map(from => segments.filter(({ start, end }) => start >= from && end <= from + limits.explained)
    .reduce((sum, { p }) => sum + p[i], 0));
  return starts[sums.indexOf(Math.max(...sums))];
}

element("why").addEventListener("click", async ({ target }) => {
  const buttons = [...element("why").children], i = buttons.indexOf(target);
  if (i < 0) return;
  const { file, suffix, genres, number } = shown, [genre] = genres[i], start = mostProbable(i, shown);
  buttons.forEach(button => (button.disabled = true));
  element("explanation").hidden = true;
  say("why-status", `Looking for what speaks for ${genre}, which may take half a minute …`);
  try {
    const answer = await ask(`explanations?${new URLSearchParams({ suffix, genre, start })}`, file);
    if (number !== latest) return;
    element("picture").src = answer.picture;
    element("picture").alt = `Spectrogram, and which seconds and bands speak for ${genre}`;
    element("emphasis").src = answer.sound;
    element("explanation").hidden = false;
    say("why-status", "");
  } catch (error) {
    if (number === latest) say("why-status", error.message, true);
  } finally {
    buttons.forEach(button => (button.disabled = false));
  }
});

element("file").addEventListener("change", ({ target }) => {
  if (target.files[0]) predict(target.files[0], target.files[0].name);
  target.value = ""; // the same file can be chosen again
});
for (const event of ["dragenter", "dragover", "dragleave", "drop"]) {
  addEventListener(event, action => {
    action.preventDefault(); // beside the frame, too, or the browser would leave the page
    element("drop").classList.toggle("over", event === "dragenter" || event === "dragover");
    const file = event === "drop" && action.dataTransfer.files[0];
    if (file) predict(file, file.name);
  });
}

// Browsers record in formats of their own; their decoder makes samples of them, and these a WAV file.
function wav(audio) {
  const samples = audio.getChannelData(0), view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (offset, letters) => [...letters].forEach((letter, i) => view.setUint8(offset + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channel
  view.setUint32(24, audio.sampleRate, true);
  view.setUint32(28, 2 * audio.sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((x, i) => view.setInt16(44 + 2 * i, Math.round(32767 * Math.max(-1, Math.min(1, x))), true));
  return new Blob([view], { type: "audio/wav" });
}

let recorder = null;
record.addEventListener("click", async () => {
  if (recorder) return recorder.stop();
  // What improves speech would spoil music.
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  record.disabled = true;
  try {
    recorder = new MediaRecorder(await navigator.mediaDevices.getUserMedia({ audio }));
  } catch (error) {
    return say("status", `The microphone cannot be used: ${error.message}`, true);
  } finally {
    record.disabled = false;
  }
  const parts = [], began = Date.now();
  const ticking = setInterval(() => {
    const seconds = (Date.now() - began) / 1000;
    say("status", `Recording: ${clock(seconds)}`);
    if (seconds > limits.seconds - 1) recorder.stop();
  }, 100);
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.onstop = async () => {
    clearInterval(ticking);
    recorder.stream.getTracks().forEach(track => track.stop());
    recorder = null;
    record.textContent = "Record";
    try {
      predict(wav(await new AudioContext().decodeAudioData(await new Blob(parts).arrayBuffer())), "recording.wav");
    } catch {
      say("status", "Nothing was recorded.", true);
    }
  };
  recorder.start();
  record.textContent = "Stop";
});

const stars = element("stars"), made = {}; // number of samples by genre
let sample = null;
element("genres")?.addEventListener("click", async ({ target }) => {
  if (!target.matches("button")) return;
  const genre = target.textContent, number = made[genre] ?? 0;
  const buttons = [...element("genres").children];
  buttons.forEach(button => (button.disabled = true));
  say("music-status", `Making ${genre} …`);
  try {
    element("music").src = (await ask("music", JSON.stringify({ genre, number }))).sound;
    made[genre] = number + 1;
    sample = { genre, number };
    element("sample-name").textContent = `${genre} ${number}`;
    for (const star of stars.querySelectorAll("button")) star.setAttribute("aria-pressed", false);
    element("sample").hidden = false;
    say("music-status", "");
    element("music").play().catch(() => {}); // a browser may want another click
  } catch (error) {
    say("music-status", error.message, true);
  } finally {
    buttons.forEach(button => (button.disabled = false));
  }
});
stars?.addEventListener("click", async ({ target }) => {
  if (!target.matches("button")) return;
  try {
    await ask("ratings", JSON.stringify({ ...sample, rating: Number(target.textContent) }));
    for (const star of stars.querySelectorAll("button")) star.setAttribute("aria-pressed", star === target);
    say("music-status", "The rating is kept.");
  } catch (error) {
    say("music-status", error.message, true);
  }
});
