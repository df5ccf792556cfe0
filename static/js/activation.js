// Activation: takes the code out of the address, then makes the first key and sends its public half.
// What was made is kept until the server has answered, so that a second try sends the very same key.

import { canHoldPasskey, createPasskey, makeDeviceKey } from "./keys.js";
import { post } from "./post.js";
import * as problem from "./problem.js";
import { say, spoken } from "./say.js";
import { passphrase } from "./words.js";
import "./secret.js";

const byId = (id) => document.getElementById(id);

function codeFromAddress() {
  const code = location.hash.slice(1).replaceAll("%20", " ");
  if (!/^[0-9A-Za-z\s-]{12,24}$/.test(code)) return;
  byId("ringkasan-salah")?.remove(); // it speaks of the code that was there before
  byId("kode").value = code;
  byId("dari-qr").hidden = false;
  history.replaceState(null, "", location.pathname + spoken); // the code does not stay in the history
}

const material = byId("bahan")?.dataset;
const buttons = material ? [byId("kunci-layar"), byId("kunci-perangkat"), byId("ulangi")] : [];
let made = null; // {address, body}: what a retry sends again

function busy(text) {
  for (const button of buttons) button.disabled = text !== "";
  byId("keadaan").textContent = text;
}

async function makePasskey() {
  busy(say("Meminta kunci layar…"));
  const options = await post("/aktivasi/kunci-sandi/mulai", { ticket: material.ticket });
  const response = await createPasskey(options);
  made = { address: "/aktivasi/kunci-sandi", body: { ticket: material.ticket, response } };
}

let deviceKey = null;

async function makeKeyHere() {
  busy(say("Membuat kunci di perangkat ini…"));
  deviceKey ??= await makeDeviceKey({ keep: true });
  const body = { ticket: material.ticket, jwk: deviceKey.jwk, passphrase: byId("kata_sandi").value };
  made = { address: "/aktivasi/kunci-perangkat", body };
}

async function send() {
  busy(say("Mengaktifkan akun…"));
  const told = await post(made.address, made.body);
  byId("keadaan").textContent = say("Akun Anda aktif.");
  location.assign(told.next);
}

const OFFERS = { SLIP_USED: ["sign-in", "dispute"], SLIP_REPLACED: ["dispute"], ACTIVATION_EXPIRED: ["restart"], SLIP_EXPIRED: ["restart"] };

function explain(error) {
  if (error.name === "Refused") {
    made = null;
    problem.show(say("Akun belum diaktifkan"), error.message, error.reason, OFFERS[error.reason] ?? []);
  } else if (error.name === "ReplyLost" && made) {
    problem.show(say("Kami belum tahu apakah akun Anda sudah aktif"),
      say("Sambungan terputus sebelum ada jawaban. Tekan Kirim lagi: kunci yang sama tidak didaftarkan dua kali."), "REPLY_LOST", ["retry", "sign-in"]);
  } else if (error.name === "ReplyLost") {
    problem.show(say("Akun belum diaktifkan"), say("Sambungan terputus. Tidak ada yang tersimpan. Coba lagi."), "REPLY_LOST");
  } else if (error.name === "NotAllowedError" || error.name === "AbortError") {
    problem.show(say("Akun belum diaktifkan"), say("Kunci layar tidak dibuka atau permintaan dibatalkan. Slip Anda belum terpakai. Coba lagi, atau pakai kata sandi."), error.name);
    byId("cara-lain").open = true;
  } else {
    problem.show(say("Akun belum diaktifkan"), say("Peramban ini tidak dapat menyimpan kunci. Slip Anda belum terpakai. Pakai Chrome atau Safari biasa, bukan jendela penyamaran."), error.name);
  }
}

async function attempt(make) {
  if (buttons.some((button) => button.disabled)) return;
  problem.clear();
  try {
    if (make) await make();
    await send();
  } catch (error) {
    explain(error);
    busy("");
  }
}

function checkPassphrase() {
  if ([...byId("kata_sandi").value.trim()].length >= Number(material.least)) return true;
  problem.show(say("Akun belum diaktifkan"), say("Kata sandi terlalu pendek. Pakai sedikitnya {least} huruf, atau tekan Buatkan kata sandi.", { least: material.least }), "PASSPHRASE_SHORT");
  return false;
}

function suggest() {
  problem.clear();
  const words = passphrase();
  byId("kata_sandi").value = words;
  byId("usulan-kata").textContent = words;
  byId("usulan").hidden = false;
}

async function keyPage() {
  byId("kunci-layar").addEventListener("click", () => attempt(makePasskey));
  byId("ulangi").addEventListener("click", () => attempt(null));
  byId("buatkan").addEventListener("click", suggest);
  byId("kata-sandi").addEventListener("submit", (event) => {
    event.preventDefault();
    if (checkPassphrase()) attempt(makeKeyHere);
  });
  window.addEventListener("pageshow", () => busy(""));
  if (!(await canHoldPasskey())) {
    byId("dengan-kunci-layar").hidden = true;
    byId("cara-lain").open = true;
    byId("kunci-perangkat").classList.remove("second");
  }
  byId("menyiapkan").hidden = true;
  byId("bahan").hidden = false;
}

if (material) keyPage();
else {
  codeFromAddress();
  window.addEventListener("hashchange", codeFromAddress);
}
