// The signing page: sign exactly the bytes that the page shows, send them, and say what happened.

import { fromBase64url, toBase64url } from "./encoding.js";
import { signWithDeviceKey, signWithPasskey } from "./keys.js";
import { post, Refused } from "./post.js";
import { clear, show } from "./problem.js";

const form = document.getElementById("tandatangan");
const button = document.getElementById("tombol");
const state = document.getElementById("keadaan");
const material = document.getElementById("bahan").dataset;

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

function notMade(error) {
  const missing = error.name === "NoDeviceKey";
  show("Pakta BELUM ditandatangani", missing
    ? "Kunci Anda tidak ada di perangkat ini. Pakai perangkat tempat kunci dibuat, atau minta pemulihan ke BKPSDM."
    : "Kunci tidak dapat dipakai atau permintaan dibatalkan. Tidak ada yang berubah. Coba lagi.", error.name);
}

function notAnswered(error) {
  if (!(error instanceof Refused)) {
    show("Kami belum tahu apakah pakta sudah tersimpan",
      "Sambungan terputus. Jangan ulangi dari awal; tekan Periksa status. Menekan tombol tanda tangan sekali lagi juga aman: tanda tangan yang sama tidak tercatat dua kali.",
      "REPLY_LOST", ["status"]);
  } else if (error.reason === "SUDAH_MENANDATANGANI") {
    show("Pakta sudah ditandatangani", error.message, error.reason, ["status"]);
  } else {
    signed = null;
    show("Pakta BELUM ditandatangani", error.message, error.reason, error.status === 401 ? ["sign-in"] : ["restart"]);
  }
}

async function sign(event) {
  event.preventDefault();
  if (button.disabled) return;
  button.disabled = true;
  clear();
  try {
    state.textContent = "Membuat tanda tangan di perangkat ini…";
    signed ??= await makeProof(fromBase64url(material.statement));
    try {
      state.textContent = "Mengirim dan menyimpan…";
      const answer = await post(form.action, { statement: material.statement, ...signed });
      location.assign(answer.address);
      return;
    } catch (error) {
      notAnswered(error);
    }
  } catch (error) {
    notMade(error);
  }
  state.textContent = "";
  button.disabled = false;
}

form.addEventListener("submit", sign);
button.disabled = false; // until now a tap would have sent the form itself, without a signature
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
