// The wall of a roll call: the figures follow every three seconds, and it is said plainly when they do not.

const EVERY = 3000; // milliseconds, as long as an answer may be held
const PATIENCE = 5000; // milliseconds for one answer
const BERJALAN = "berjalan", DATANG = "akan-datang";

const byId = (id) => document.getElementById(id);
const wall = byId("dinding");
const running = wall.dataset.state === BERJALAN;
const clock = new Intl.DateTimeFormat("id-ID", {
  timeZone: "Asia/Jakarta", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

let ahead = 0; // milliseconds by which the server's clock is ahead of this machine's
let over = false;

const time = () => clock.format(Date.now() + ahead).replaceAll(":", ".");

function tick() {
  byId("jam").textContent = time();
}

function show(told) {
  byId("sudah").textContent = told.counter;
  byId("dari").textContent = told.rest;
  byId("per").textContent = time();
  const bar = wall.querySelector(".bar");
  bar.querySelector(".done").setAttribute("width", told.filled);
  bar.setAttribute("aria-label", `${told.counter} ${told.rest}`);
}

function say(words, kind) {
  byId("tanda").textContent = words;
  document.body.className = kind;
}

async function look() {
  const answer = await fetch(wall.dataset.address, { signal: AbortSignal.timeout?.(PATIENCE) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const told = await answer.json();
  const sent = Date.parse(answer.headers.get("Date") ?? "");
  if (Math.abs(sent - Date.now() - ahead) > EVERY + PATIENCE) ahead = sent - Date.now();
  follow(told);
}

function follow(told) {
  if (told.plan && told.plan !== wall.dataset.plan) {
    location.reload(); // place or end were corrected
  } else if (told.state === wall.dataset.state) {
    if (running) show(told);
    say(running ? "Sudah menandatangani." : "Angka tampil sendiri saat apel dimulai.", "");
  } else if (running && told.state !== DATANG) {
    over = true; // the last figures stay until somebody closes the page
    if (told.until) byId("sampai").textContent = told.until; // it may have ended early
    for (const each of document.querySelectorAll(".how")) each.remove();
    say("Apel selesai.", "selesai");
  } else {
    location.reload();
  }
}

async function repeat() {
  await look().catch(() => say("Sambungan terputus.", "terputus"));
  if (!over) setTimeout(repeat, EVERY);
}

// A wall that goes dark helps nobody; where the browser cannot keep it lit, the projector's own settings must.
const light = () => document.visibilityState === "visible" && navigator.wakeLock?.request("screen").catch(() => {});
document.addEventListener("visibilitychange", light);
light();
tick();
setInterval(tick, 1000);
setTimeout(repeat, EVERY);
