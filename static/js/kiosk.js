// The kiosk: slip, text, ticks and signature on one page.  The key lives in this page's memory only:
// leaving the page or finishing loses it, and that is the point.

import { fromBase64url, toBase64url } from "./encoding.js";
import { makeDeviceKey } from "./keys.js";
import { post, Refused } from "./post.js";
import { clear, show } from "./problem.js";

const PARTS = ["kode", "siapa", "naskah", "tinjau", "selesai"];
const AGAIN_AFTER = 60; // seconds until the page starts over for the next person
const byId = (id) => document.getElementById(id);
const state = byId("keadaan");

let ticket = null;
let key = null;
let enrolled = false;
let prepared = null;
let signed = null;

function part(name) {
  for (const each of PARTS) byId(each).hidden = each !== name;
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
  if (button.disabled) return;
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
  if (error instanceof Refused) {
    const offers = error.reason === "SLIP_USED" ? ["dispute", "restart"] : ["restart"];
    const title = error.reason === "SUDAH_MENANDATANGANI" ? "Pakta sudah ditandatangani" : "Pakta BELUM ditandatangani";
    show(title, error.message, error.reason, offers);
  } else {
    show(signed ? "Kami belum tahu apakah pakta sudah tersimpan" : "Pakta BELUM ditandatangani",
      "Sambungan terputus. Tekan Kirim lagi: yang sama tidak tercatat dua kali. Jangan tutup halaman ini.", "REPLY_LOST", ["retry"]);
  }
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

byId("ini-saya").addEventListener("click", (event) => attempt(event.currentTarget, "Membuat kunci…", async () => {
  key ??= await makeDeviceKey({ keep: false });
  if (!enrolled) {
    await post("/aktivasi/kunci-perangkat", { ticket, jwk: key.jwk, kiosk: 1 });
    enrolled = true;
  }
  write(await read("/kios/naskah"));
  part("naskah");
}));

async function read(address) {
  const reply = await fetch(address, { headers: { Accept: "application/json" } });
  const told = await reply.json();
  if (!reply.ok) throw new Refused(reply.status, told);
  return told;
}

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

byId("form-naskah").addEventListener("submit", (event) => {
  event.preventDefault();
  const ticked = [...event.target.querySelectorAll("input:checked")].map((box) => box.value);
  attempt(event.submitter, "Menyiapkan pernyataan…", async () => {
    prepared = await post("/kios/siapkan", { key: key.thumbprint, clauses: ticked });
    signed = null;
    facts(byId("tinjau-data"), prepared.facts);
    byId("bita").textContent = new TextDecoder().decode(fromBase64url(prepared.statement));
    part("tinjau");
  });
});

byId("tandatangani").addEventListener("click", (event) => attempt(event.currentTarget, "Menandatangani dan menyimpan…", async () => {
  signed ??= toBase64url(await key.sign(fromBase64url(prepared.statement)));
  const answer = await post("/pakta/tandatangani", { statement: prepared.statement, signature: signed });
  key = prepared = signed = ticket = null;
  byId("nomor").textContent = answer.number;
  await leave();
  part("selesai");
  startOver();
}));

// The session of a kiosk also ends by itself after ten minutes; here it ends at once.
async function leave() {
  const token = document.querySelector("meta[name=csrf-token]").content;
  await fetch("/keluar", { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" }).catch(() => {});
}

function startOver() {
  let left = AGAIN_AFTER;
  const tick = setInterval(() => {
    left -= 1;
    byId("hitung").textContent = left % 10 === 0 ? `Halaman ini kembali ke awal dalam ${left} detik.` : byId("hitung").textContent;
    if (left <= 0) {
      clearInterval(tick);
      location.assign("/kios");
    }
  }, 1000);
}
