// The kiosk: slip, text, ticks and signature on one page.  The key lives in this page's memory only:
// leaving the page or finishing loses it, and that is the point.  The slip is used by the last step but one,
// after the text was read and ticked; from there on the page keeps the key and asks before it is left.
// Whoever walks away is forgotten: untouched for as long as a kiosk's session bears, the page begins anew.

import { fromBase64url, toBase64url } from "./encoding.js";
import { makeDeviceKey } from "./keys.js";
import { post, Refused } from "./post.js";
import { clear, show } from "./problem.js";
import { passphrase } from "./words.js";
import "./secret.js";

const PARTS = ["kode", "siapa", "naskah", "tinjau", "batal", "selesai"];
const TYPED = ["CLAUSES_NOT_TICKED", "PASSPHRASE_SHORT", "PASSPHRASE_LONG", "PASSPHRASE_GUESSABLE"]; // mended where it stands
const TITLES = {
  SUDAH_MENANDATANGANI: "Pakta sudah ditandatangani",
  SLIP_USED: "Slip ini sudah dipakai", // a pact may stand that was signed with it
  SLIP_REPLACED: "Slip ini tidak berlaku lagi",
};
const AGAIN_AFTER = 60; // seconds until the page starts over for the next person
const byId = (id) => document.getElementById(id);
const state = byId("keadaan");
const AGAIN = state.dataset.again; // where the page begins anew
const IDLE = state.dataset.idle * 1000; // milliseconds without a touch until the page forgets
const LEFT = "lalu"; // in the address, why it began anew
const TOLD = 60000; // before that it says so
const NOTE = state.dataset.note; // a roll call's kiosk tells here that the key was made on it

let ticket = null;
let key = null;
let enrolled = false;
let prepared = null;
let signed = null;
let noted = false;
let touched = Date.now();
let forgotten = false;

function part(name) {
  for (const each of PARTS) byId(each).hidden = each !== name;
  byId("dari-awal").hidden = !["naskah", "tinjau"].includes(name);
  byId(name).querySelector("h1").focus();
  window.scrollTo(0, 0);
}

function facts(list, rows) {
  list.replaceChildren(...rows.filter(([, value]) => value).map(([term, value]) => {
    const row = document.createElement("div");
    const name = document.createElement("dt");
    const words = document.createElement("dd");
    name.textContent = term;
    words.textContent = value;
    row.append(name, words);
    return row;
  }));
}

async function attempt(button, words, work) {
  if (forgotten || button.disabled) return;
  button.disabled = true;
  clear();
  state.textContent = words;
  try {
    await work();
  } catch (error) {
    tell(error, () => attempt(button, words, work));
  } finally {
    state.textContent = "";
    button.disabled = false;
  }
}

function tell(error, again) {
  byId("ulangi").onclick = again;
  if (error instanceof Refused && enrolled && error.reason === "ACTIVATION_EXPIRED") {
    show("Pakta BELUM ditandatangani", "Sesi kios sudah berakhir. Slip Anda sudah terpakai; minta slip pemulihan kepada BKPSDM untuk menandatangani.",
      error.reason, ["restart"]);
  } else if (error instanceof Refused) {
    show(TITLES[error.reason] ?? "Pakta BELUM ditandatangani", error.message, error.reason, offers(error.reason));
  } else {
    show(signed ? "Kami belum tahu apakah pakta sudah tersimpan" : "Pakta BELUM ditandatangani",
      "Sambungan terputus. Tekan Kirim lagi: yang sama tidak tercatat dua kali. Jangan tutup halaman ini.", "REPLY_LOST", ["retry"]);
  }
}

function offers(reason) {
  if (TYPED.includes(reason)) return [];
  if (reason === "SLIP_USED") return ["used", "restart"];
  if (reason === "SLIP_REPLACED") return ["dispute", "restart"];
  return enrolled && reason !== "SUDAH_MENANDATANGANI" ? ["text"] : ["restart"];
}

byId("form-kode").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(event.submitter, "Memeriksa kode…", async () => {
    const person = await post("/aktivasi/periksa", { kode: byId("kode-slip").value });
    ticket = person.ticket;
    facts(byId("siapa-data"), [["Nama", person.name], [person.label, person.number], ["Unit kerja", person.unit], ["Instansi", person.institution]]);
    part("siapa");
  });
});

byId("ini-saya").addEventListener("click", (event) => attempt(event.currentTarget, "Membuka naskah…", async () => {
  write(await post("/kios/naskah", { ticket }));
  part("naskah");
}));

// The same key with the same slip again is the same success, and opens the session anew.
async function enrol() {
  key ??= await makeDeviceKey({ keep: false });
  await post("/aktivasi/kunci-perangkat", { ticket, jwk: key.jwk, kiosk: 1, passphrase: byId("kata_sandi").value });
  enrolled = true;
  byId("nanti").hidden = true;
}

async function inSession(work) {
  if (!enrolled) await enrol();
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused && error.status === 401)) throw error;
    await enrol();
    return work();
  }
}

/* Tell the roll call that this key was made at its kiosk; whatever comes of that, the signature does not wait for it. */
async function note() {
  if (!NOTE || noted) return;
  noted = await inSession(() => post(NOTE, {})).then(() => true, () => false);
}

byId("buatkan").addEventListener("click", () => {
  byId("kata_sandi").value = byId("usulan-kata").textContent = passphrase();
  byId("usulan").hidden = false;
});

function write(text) {
  byId("judul").textContent = text.title;
  byId("versi").textContent = `Naskah ${text.version}`;
  byId("pembuka").textContent = text.opening;
  byId("penutup").textContent = text.closing;
  byId("butir").replaceChildren(...text.clauses.map((clause) => {
    const item = byId("butir-contoh").content.cloneNode(true);
    item.querySelector("p").textContent = clause.text;
    item.querySelector("input").value = clause.id;
    return item;
  }));
  byId("dasar").replaceChildren(...text.basis.map((words) => {
    const item = document.createElement("li");
    item.textContent = words;
    return item;
  }));
}

// Others see this screen: the number in the exact text is shown whole only where the person asks for it.
function exact(whole) {
  const text = new TextDecoder().decode(fromBase64url(prepared.statement));
  byId("bita").textContent = whole ? text : text.replaceAll(...prepared.masked);
  byId("bita-utuh").textContent = whole ? "Tutup nomor saya lagi" : "Tampilkan utuh, dengan nomor saya";
  byId("bita-utuh").setAttribute("aria-pressed", String(whole));
}

byId("bita-utuh").addEventListener("click", (event) => exact(event.currentTarget.getAttribute("aria-pressed") === "false"));

byId("form-naskah").addEventListener("submit", (event) => {
  event.preventDefault();
  const boxes = [...event.target.querySelectorAll("input[name=butir]")];
  const ticked = boxes.filter((box) => box.checked).map((box) => box.value);
  const open = boxes.flatMap((box, at) => (box.checked ? [] : [at + 1])).join(", ");
  attempt(event.submitter, "Menyiapkan pernyataan…", async () => {
    if (open) {
      throw new Refused(422, { reason: "CLAUSES_NOT_TICKED", message: `Belum semua butir disetujui: butir ${open} belum dicentang. Baca dan centang setiap butir, lalu lanjutkan.` });
    }
    prepared = await inSession(() => post("/kios/siapkan", { key: key.thumbprint, clauses: ticked }));
    signed = null;
    await note();
    facts(byId("tinjau-data"), prepared.facts);
    exact(false);
    part("tinjau");
  });
});

byId("tandatangani").addEventListener("click", (event) => attempt(event.currentTarget, "Menandatangani dan menyimpan…", async () => {
  await note();
  signed ??= toBase64url(await key.sign(fromBase64url(prepared.statement)));
  const answer = await inSession(() => post("/pakta/tandatangani", { statement: prepared.statement, signature: signed }));
  byId("nomor").textContent = answer.number;
  const known = byId("kata_sandi").value !== "";
  byId("dengan-sandi").hidden = !known;
  byId("tanpa-sandi").hidden = known;
  wipe();
  await leave();
  part("selesai");
  startOver();
}));

// The session of a kiosk also ends by itself after ten minutes; here it ends at once.
async function leave() {
  const token = document.querySelector("meta[name=csrf-token]").content;
  await fetch("/keluar", { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual", keepalive: true }).catch(() => {});
}

for (const id of ["kembali", "ke-naskah"]) {
  byId(id).addEventListener("click", () => {
    clear();
    part("naskah");
  });
}
byId("mulai-awal").addEventListener("click", () => (unfinished() ? part("batal") : forget()));
byId("jangan").addEventListener("click", () => part(prepared ? "tinjau" : "naskah"));
byId("ya-batal").addEventListener("click", forget);
for (const link of document.querySelectorAll("main a")) {
  if (link.getAttribute("href") === AGAIN) link.addEventListener("click", forget);
}

/* Drop the key, the ticket and all that was typed, ticked or shown. */
function wipe() {
  key = prepared = signed = ticket = null;
  for (const form of document.forms) form.reset();
  for (const id of ["usulan-kata", "bita"]) byId(id).textContent = "";
  for (const id of ["siapa-data", "tinjau-data"]) byId(id).replaceChildren();
}

/* End the session, and begin anew for whoever comes next; `left` says how it stood where nobody touched the page. */
async function forget(event, left = "") {
  event?.preventDefault();
  if (forgotten) return;
  forgotten = true;
  document.querySelector("main").inert = true;
  wipe();
  await leave();
  location.assign(left ? `${AGAIN}?${LEFT}=${left}` : AGAIN);
}

/* Look how long nobody has touched the page, unless there is nothing to forget. */
function watch() {
  const left = touched + IDLE - Date.now();
  const held = ticket !== null || byId("kode-slip").value !== "";
  if (held && left <= 0) forget(null, key ? "ditinggal-terpakai" : ticket && "ditinggal");
  byId("diam-terpakai").hidden = key === null;
  byId("diam").hidden = !held || left > TOLD;
}

/* A touch after that time, of a device that slept, say, comes too late. */
function touch() {
  watch();
  touched = Date.now();
  byId("diam").hidden = true;
}

// Why the page is at its beginning, for whoever comes back to it.
const why = new URLSearchParams(location.search).get(LEFT);
for (const id of ["ditinggal", "ditinggal-terpakai"]) byId(id).hidden = id !== why;

setInterval(watch, 1000);
for (const kind of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(kind, touch, { capture: true, passive: true });

const unfinished = () => enrolled && key !== null;
window.addEventListener("beforeunload", (event) => {
  if (unfinished()) event.preventDefault();
});
window.addEventListener("pagehide", () => {
  if (unfinished()) leave();
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

function startOver() {
  let left = AGAIN_AFTER;
  const tick = setInterval(() => {
    left -= 1;
    byId("hitung").textContent = left % 10 === 0 ? `Halaman ini kembali ke awal dalam ${left} detik.` : byId("hitung").textContent;
    if (left <= 0) {
      clearInterval(tick);
      location.assign(AGAIN);
    }
  }, 1000);
}
