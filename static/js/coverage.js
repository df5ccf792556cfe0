// The coverage of a unit: its figures follow while people sign; the lists below stay until they are asked for anew.
// Where the figures follow no more the page says so, since a figure that stands still looks like one that lives.

const EVERY = 3000; // milliseconds, as long as an answer may be held
const PATIENCE = 30_000; // milliseconds between two looks after one that failed
const LONGEST = 3_600_000; // milliseconds: a page that is left open does not ask for ever

const byId = (id) => document.getElementById(id);
const place = byId("kini");
const begun = Date.now();
const [words, share] = [place.querySelector("strong"), place.querySelector(".nowrap")];
const [bar, done] = [place.querySelector(".bar"), place.querySelector(".bar .done")];
const clock = new Intl.DateTimeFormat("id-ID", { timeZone: "Asia/Jakarta", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

let seen = Date.now(); // when the figures were last known to be those of the moment

function show(told) {
  seen = Date.now();
  byId("berhenti").hidden = true;
  const counted = `${told.signed} dari ${told.total} pegawai`;
  if (words.textContent === counted) return;
  words.textContent = counted;
  share.textContent = told.share;
  done.setAttribute("width", told.filled);
  bar.setAttribute("aria-label", `${told.signed} dari ${told.total}, ${told.share}`);
  byId("berubah").hidden = false;
}

function halt(why) {
  byId("pukul").textContent = clock.format(seen).replace(":", ".");
  for (const each of ["lama", "habis", "terputus"]) byId(each).hidden = each !== why;
  byId("berhenti").hidden = false;
}

async function look() {
  if (document.hidden) return EVERY;
  const answer = await fetch(place.dataset.address, { headers: { Accept: "application/json" } });
  if (answer.redirected || [401, 403, 404].includes(answer.status)) return 0; // signed out, or the unit is theirs no more
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  show(await answer.json());
  return EVERY;
}

async function repeat() {
  const wait = await look().catch(() => {
    halt("terputus");
    return PATIENCE;
  });
  if (!wait) halt("habis");
  else if (Date.now() - begun < LONGEST) setTimeout(repeat, wait);
  else halt("lama");
}

setTimeout(repeat, EVERY);
