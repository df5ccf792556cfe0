// Typing a number: the form tells the origin at which this browser can verify, and the server leads it to /v there.
// Scanning: the camera is asked for after a tap; what a QR says is opened only where it is an address of ours.

import { Stopped, close, look, open, ownReader } from "./camera.js";
import { spoken } from "./say.js";

const MOST_SHOWN = 120; // characters of what a foreign QR says
const byId = (id) => document.getElementById(id);
const form = byId("ketik");
const [start, stop, screen, video, state, trouble] = ["mulai", "henti", "layar", "gambar", "keadaan", "gagal"].map((name) => byId(`kamera-${name}`));
const token = form.querySelector("[name=csrf_token]").value;
let wanted = false; // whether the camera is meant to be on

/* Return the digits of an address of ours, or nothing. */
function digitsOf(address) {
  try {
    const { origin, pathname, hash } = new URL(address);
    return origin === location.origin && pathname === "/v" && /^#[0-9]+$/.test(hash) ? hash.slice(1) : null;
  } catch {
    return null;
  }
}

if (globalThis.crypto?.subtle && globalThis.DecompressionStream) { // what /v needs; without it the server judges
  form.elements.sendiri.value = location.origin;
  form.elements.sendiri.disabled = false;
}

/* Show one of the messages that the page holds, or the server's own, with what the QR says where it is not ours. */
function tell(name, said = "", shown = "") {
  for (const each of trouble.querySelectorAll("[data-pesan]")) each.hidden = each.dataset.pesan !== name;
  byId("kamera-kata").textContent = said;
  byId("kamera-isi").textContent = shown.length > MOST_SHOWN ? `${shown.slice(0, MOST_SHOWN)} …` : shown;
  byId("kamera-isi").parentElement.hidden = !shown;
  trouble.hidden = false;
  trouble.focus();
}

function off() {
  wanted = false;
  close(video);
  screen.hidden = true;
  start.hidden = false;
}

function isElsewhere(text) {
  try {
    const { protocol, origin } = new URL(text);
    return ["http:", "https:"].includes(protocol) && origin !== location.origin;
  } catch {
    return false;
  }
}

/* Go where a QR leads if that is a certificate of ours; say so otherwise, and go nowhere. */
function follow(text) {
  const digits = digitsOf(text);
  if (digits) location.assign(`/v${spoken}#${digits}`);
  else tell(isElsewhere(text) ? "lain" : "bukan", "", text);
}

async function scan() {
  wanted = true;
  trouble.hidden = true;
  start.hidden = true;
  screen.hidden = false;
  state.textContent = state.dataset.tunggu;
  stop.focus();
  try {
    await open(video);
    if (!wanted) return; // switched off while the browser asked
    await video.play();
    state.textContent = state.dataset.arahkan;
    const text = await look(video, await ownReader(), token, () => { state.textContent = state.dataset.banyak; });
    if (text === null) return;
    off();
    follow(text);
  } catch (error) {
    if (!wanted) return;
    off();
    tell(error instanceof Stopped ? error.name : "tidak-ada", error.said);
  } finally {
    if (!wanted) close(video);
  }
}

start.addEventListener("click", scan);
stop.addEventListener("click", () => { off(); start.focus(); });
addEventListener("pagehide", off); // the camera's light goes out where nobody looks
document.addEventListener("visibilitychange", () => { if (document.hidden) off(); });
ownReader().then((reader) => {
  for (const each of document.querySelectorAll("[data-cara]")) each.hidden = (each.dataset.cara === "sendiri") !== Boolean(reader);
  byId("kamera").hidden = false;
});
