// The sign-in page: the passkey button, where the browser knows passkeys.

import { askPasskey } from "./keys.js";
import { post } from "./post.js";
import * as problem from "./problem.js";
import { say } from "./say.js";
import "./secret.js";

const place = document.getElementById("dengan-kunci-layar");
const button = document.getElementById("kunci-layar");
const state = document.getElementById("keadaan");

async function enter() {
  const options = await post("/masuk/kunci-sandi/mulai", {});
  state.textContent = say("Buka kunci layar untuk masuk…");
  const response = await askPasskey(options);
  state.textContent = say("Memeriksa…");
  const told = await post("/masuk/kunci-sandi", { response, lanjut: place.dataset.onward });
  const typed = document.getElementById("isian"); // what was typed before, and is not sent yet
  if (typed) typed.submit();
  else location.assign(told.next);
}

function explain(error) {
  if (error.name === "Refused") problem.show(say("Anda belum masuk"), error.message, error.reason);
  else if (error.name === "ReplyLost") problem.show(say("Sambungan terputus"), say("Kami belum tahu apakah Anda sudah masuk. Tekan tombolnya sekali lagi; itu aman."), "REPLY_LOST");
  else if (error.name === "NotSupportedError") problem.show(say("Anda belum masuk"), say("Peramban atau perangkat ini tidak mengenal kunci layar. Pakai kata sandi."), error.name);
  else problem.show(say("Anda belum masuk"), say("Kunci layar tidak dibuka atau permintaan dibatalkan. Coba lagi, atau pakai kata sandi."), error.name);
}

button.addEventListener("click", async () => {
  if (button.disabled) return;
  button.disabled = true;
  problem.clear();
  try {
    await enter();
  } catch (error) {
    explain(error);
    state.textContent = "";
    button.disabled = false;
  }
});
window.addEventListener("pageshow", () => { button.disabled = false; });

const form = document.getElementById("masuk");
form.addEventListener("submit", () => {
  const send = form.querySelector("[type=submit]");
  setTimeout(() => { send.disabled = true; }, 0);
  setTimeout(() => { send.disabled = false; }, 8000);
});

if (window.PublicKeyCredential) place.hidden = false;
