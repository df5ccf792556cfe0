// The coverage of a unit: its figures follow while people sign; the lists below stay until they are asked for anew.

const EVERY = 3000; // milliseconds, as long as an answer may be held
const PATIENCE = 30_000; // milliseconds between two looks after one that failed
const LONGEST = 3_600_000; // milliseconds: a page that is left open does not ask for ever

const place = document.getElementById("kini");
const begun = Date.now();
const [words, share] = [place.querySelector("strong"), place.querySelector(".nowrap")];
const [bar, done] = [place.querySelector(".bar"), place.querySelector(".bar .done")];

function show(told) {
  const counted = `${told.signed} dari ${told.total} pegawai`;
  if (words.textContent === counted) return;
  words.textContent = counted;
  share.textContent = told.share;
  done.setAttribute("width", told.filled);
  bar.setAttribute("aria-label", `${told.signed} dari ${told.total}, ${told.share}`);
  document.getElementById("berubah").hidden = false;
}

async function look() {
  if (document.hidden) return EVERY;
  const answer = await fetch(place.dataset.address, { headers: { Accept: "application/json" } });
  if (answer.redirected || answer.status === 401 || answer.status === 403) return 0; // signed out: the page says so when it is opened
  if (!answer.ok) return PATIENCE;
  show(await answer.json());
  return EVERY;
}

async function repeat() {
  const wait = await look().catch(() => PATIENCE);
  if (wait && Date.now() - begun < LONGEST) setTimeout(repeat, wait);
}

setTimeout(repeat, EVERY);
