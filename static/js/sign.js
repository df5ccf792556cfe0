// The signing page: sign exactly the bytes that the page shows, send them, and say what happened.

import { fromBase64url, toBase64url } from "./encoding.js";
import { signWithDeviceKey, signWithPasskey } from "./keys.js";

const form = document.getElementById("tandatangan");
const button = document.getElementById("tombol");
const state = document.getElementById("keadaan");
const material = document.getElementById("bahan").dataset;
const REPLY_LIMIT = 20000; // milliseconds

let signed = null; // kept, so that a second try sends the same signature again

async function makeProof(bytes) {
  if (material.method === "device") {
    return { signature: toBase64url(await signWithDeviceKey(material.key, bytes)) };
  }
  const assertion = await signWithPasskey(bytes, { rpId: material.rp });
  return {
    signature: toBase64url(assertion.signature),
    authenticatorData: toBase64url(assertion.authenticatorData),
    clientDataJSON: toBase64url(assertion.clientDataJSON),
  };
}

async function send(body) {
  const reply = await fetch(form.action, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(REPLY_LIMIT),
  });
  return { ok: reply.ok, status: reply.status, told: await reply.json() };
}

function fail(title, sentence, code, { ask = false, signIn = false } = {}) {
  document.getElementById("gagal-judul").textContent = title;
  document.getElementById("gagal-kalimat").textContent = sentence;
  document.getElementById("gagal-kode").textContent = code;
  document.getElementById("gagal-status").hidden = !ask;
  document.getElementById("gagal-masuk").hidden = !signIn;
  const box = document.getElementById("gagal");
  box.hidden = false;
  box.focus();
  state.textContent = "";
  button.disabled = false;
}

function refused({ status, told }) {
  if (told.reason === "SUDAH_MENANDATANGANI") {
    fail("Pakta sudah ditandatangani", told.message, told.reason, { ask: true });
  } else if (status >= 500) {
    fail("Kami belum tahu apakah pakta sudah tersimpan", "Jangan ulangi; tekan Periksa status.", told.reason, { ask: true });
  } else {
    fail("Pakta BELUM ditandatangani", told.message, told.reason, { signIn: status === 401 });
  }
}

async function sign(event) {
  event.preventDefault();
  if (button.disabled) return;
  button.disabled = true;
  document.getElementById("gagal").hidden = true;
  try {
    state.textContent = "Membuat tanda tangan di perangkat ini…";
    signed ??= await makeProof(fromBase64url(material.statement));
  } catch (error) {
    const missing = error.name === "NoDeviceKey";
    fail("Pakta BELUM ditandatangani", missing
      ? "Kunci Anda tidak ada di perangkat ini. Pakai perangkat tempat kunci dibuat, atau minta pemulihan ke BKPSDM."
      : "Kunci tidak dapat dipakai atau permintaan dibatalkan. Tidak ada yang berubah. Coba lagi.", error.name);
    return;
  }
  try {
    state.textContent = "Mengirim dan menyimpan…";
    const answer = await send({ statement: material.statement, ...signed });
    if (answer.ok) location.assign(answer.told.address);
    else refused(answer);
  } catch {
    fail("Kami belum tahu apakah pakta sudah tersimpan",
      "Sambungan terputus. Jangan ulangi dari awal; tekan Periksa status, atau tekan tombol tanda tangan sekali lagi: tanda tangan yang sama tidak tercatat dua kali.",
      "REPLY_LOST", { ask: true });
  }
}

form.addEventListener("submit", sign);
