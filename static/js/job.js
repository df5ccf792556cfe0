// The page of a job: asks how far it is, and shows the page anew when it stands otherwise.

const EVERY = 1000; // milliseconds
const PATIENCE = 10_000; // milliseconds between two looks after one that failed

const place = document.getElementById("pekerjaan");
const show = (id, text) => { document.getElementById(id).textContent = text; };

async function look() {
  const answer = await fetch(place.dataset.address, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  const told = await answer.json();
  if (told.state !== place.dataset.state || told.trouble !== place.dataset.trouble) return location.reload();
  const bar = document.getElementById("bilah");
  bar.max = told.total || 1;
  bar.value = told.done;
  show("hitungan", told.counted);
  show("laju", told.pace ? `, ${told.pace}` : "");
  return setTimeout(repeat, EVERY);
}

function repeat() {
  look().catch(() => setTimeout(repeat, PATIENCE)); // the link below shows the page as ever
}

setTimeout(repeat, EVERY);
