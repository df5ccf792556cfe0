// The QR's page: reads the address's fragment, has it judged, and draws the verdict.  All words stand in the page's
// template; nothing is ever parsed as HTML.

import * as cache from "./cache.js";
import * as credential from "./credential.js";
import { POLICY } from "./policy.js";
import { judge, present, UNCHECKED } from "./judge.js";

const LIMIT = 1500; // milliseconds until the verdict stands without the network
const PATIENCE = 20000; // milliseconds until a late answer is no longer waited for
const WORKER = "/v-sw.js";
const CHANGED = { STATUS_REVOKED: 1, STATUS_SUSPENDED: 2 }; // verdicts that come from the status list
const UNKNOWN = "TIDAK DIKENAL";
const OLD = ["offline", "slow"]; // sources of which the age is told

const part = (id) => document.getElementById(id);
const words = part("kata").content;
const say = (selector) => words.querySelector(selector);
const { title } = document;
let run = 0; // each examination has its number: a newer one silences the older
let begun = 0;
let registered;
const english = document.documentElement.lang === "en";
const locale = english ? "en-GB" : "id-ID";

const inWIB = (options) => new Intl.DateTimeFormat(locale, { ...options, timeZone: "Asia/Jakarta" });
const [ofDay, ofHour, ofNumber] = [
  inWIB({ day: "numeric", month: "long", year: "numeric" }), inWIB({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }), new Intl.NumberFormat(locale),
];
const day = (seconds) => ofDay.format(seconds * 1000);
const moment = (seconds) => `${day(seconds)} ${english ? "at" : "pukul"} ${ofHour.format(seconds * 1000)} WIB`;
const whole = (value) => ofNumber.format(value);

/* Fill the blanks in braces of every text in a copy of a template's part. */
function filled(selector, values) {
  const copy = say(selector).cloneNode(true);
  const texts = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  return copy;
}

function drawBand({ word, reason }) {
  const band = say(`[data-putusan="${word}"]`).firstElementChild.cloneNode(true);
  const own = `[data-sebab="${word} ${reason}"]:not([data-di="${location.host}"])`;
  if (say(own)) band.querySelector("p").replaceWith(filled(own, { here: location.host }));
  for (const away of band.querySelectorAll('a[href$="/v"]')) away.href += location.search + location.hash;
  part("pita").className = band.className;
  part("pita").replaceChildren(...band.children);
  document.title = `${part("pita").querySelector("h1 span").textContent} · Pakta`;
}

function drawClaims(claims) {
  part("tentang").hidden = !claims;
  if (!claims) return;
  part("nama").textContent = claims.name ?? part("nama").dataset.tanpaNama;
  part("unit").textContent = claims.unit;
  const method = say(`[data-cara="${claims.method}"]`).textContent;
  const facts = filled("[data-fakta]", { issued_at: moment(claims.issuedAt), method, number: credential.number(claims.cti) });
  const link = facts.querySelector("a");
  link.textContent = claims.edition;
  link.href = `/naskah/${encodeURIComponent(claims.edition)}${english ? "?bahasa=en" : ""}`;
  part("fakta").replaceChildren(...facts.children);
}

function drawSteps({ steps, claims, matched, reason, size, statusAt, witnessedAt }) {
  const values = claims && {
    until: day(claims.expiresAt), issued: day(claims.issuedAt), index: whole(claims.ledgerIndex), size: whole(size ?? 0), status_at: moment(statusAt ?? 0),
    witnessed_at: moment(witnessedAt ?? 0),
  };
  const taken = Object.entries(steps).slice(0, steps.address === "no" ? 1 : 9); // of what is none nothing else can be
  const lines = taken.map(([step, mark]) => filled(`[data-langkah="${step} ${(step === "status" && CHANGED[reason]) || mark}"]`, values ?? {}));
  part("langkah").replaceChildren(...lines, ...(matched ? [filled('[data-langkah="person"]', {})] : []));
}

/* Draw a verdict; `source` says where its data came from, and is null where nothing was checked. */
function draw(verdict, source) {
  const claims = verdict.word === UNKNOWN ? null : verdict.claims; // what nobody vouches for is not shown
  drawBand(verdict);
  drawClaims(claims);
  const matched = claims && verdict.steps.time === "yes" && !/^(DICABUT|DITANGGUHKAN)$/.test(verdict.word);
  drawSteps({ ...verdict, claims, matched });
  const told = {
    now: moment(present() - (verdict.ahead || 0)), here: moment(present()), size: whole(verdict.size ?? 0), status_at: moment(verdict.statusAt ?? 0),
  };
  const said = [source && `[data-sumber="${source}"]`, verdict.ahead && "[data-jam]", verdict.steps.status === "yes" && OLD.includes(source) && "[data-daftar]"].filter(Boolean);
  part("sumber").replaceChildren(...said.flatMap((each) => [...filled(each, told).childNodes, " "]));
  part("kode").hidden = !verdict.reason;
  part("kode").querySelector("code").textContent = verdict.reason ?? "";
  part("alasan").hidden = true;
  part("cocokkan").hidden = !matched;
  part("palsu").hidden = verdict.word !== UNKNOWN || /_MALFORMED$/.test(verdict.reason); // cut short by a messenger looks the same
  part("terputus").hidden = source !== "offline";
  part("diperiksa").hidden = !source;
  part("bukan").hidden = !verdict.word.startsWith("SAH");
  part("rincian").hidden = part("arti").hidden = false;
  performance.mark("putusan");
  if (CHANGED[verdict.reason]) drawWhy(verdict, run, !["kept", "slow"].includes(source));
  registered ??= register().catch(() => {});
}

/* Add when and why, which the status list does not hold, or that it is not known here. */
async function drawWhy(verdict, mine, ask) {
  const status = CHANGED[verdict.reason];
  const told = await import("./why.js").then(({ why }) => why(cache, verdict.claims.statusIndex, status, ask)).catch(() => null);
  const reason = told && say(`[data-alasan="${told.class}"]`);
  if (mine !== run || !(ask || told)) return;
  const values = reason && { on: day(Date.parse(`${told.on}T00:00:00+07:00`) / 1000), class: reason.textContent };
  part("alasan").replaceChildren(...filled(`[data-status="${values ? status : "untold"}"]`, values ?? {}).childNodes);
  part("alasan").hidden = false;
}

/* Judge what stands behind the address's #: at once from what is kept, then again with what the server answers. */
async function examine(mine, digits) {
  const address = `${location.origin}/v#${digits}`;
  const files = await cache.load();
  const control = new AbortController();
  setTimeout(() => control.abort(), PATIENCE);
  let settled = false; // then no slower look at older data is drawn over it
  const show = async (source, signal) => {
    const verdict = await judge(address, files, signal);
    if (mine === run && source && !settled) draw(verdict, source);
    return verdict;
  };

  const first = await show(null);
  if (mine !== run) return;
  if (first.steps.address === "no") return draw(first, "none");
  // Without a key set there is nothing to say yet, and a kept one may lack a new key.
  if (first.steps.keys === "yes" && first.reason !== "ISSUER_UNKNOWN") draw(first, "kept");
  const slow = setTimeout(() => show("slow").catch(() => mine === run && !settled && fail()), Math.max(0, LIMIT - performance.now() + begun));
  const answered = await cache.refresh(files, control.signal);
  let last = await judge(address, files, control.signal);
  if (POLICY && ["LEDGER_BEHIND", "WITNESSES_TOO_FEW"].includes(last.reason)) {
    await cache.pending(files, control.signal).catch(() => {}); // not there: then nothing newer waits for witnesses
    last = await judge(address, files, control.signal);
  }
  clearTimeout(slow);
  settled = true;
  if (mine !== run) return;
  draw(last, answered ? last.fresh || "refused" : "offline");
}

/* Say that this browser cannot check: never green, never silent. */
function fail() {
  draw({ word: UNCHECKED, reason: "BROWSER", steps: {}, claims: null }, null);
}

/* Begin anew, with nothing left of another certificate. */
function start() {
  const mine = ++run;
  drawBand({ word: "MEMERIKSA" });
  document.title = title;
  part("bahasa").hash = location.hash; // the same certificate in the other language
  const digits = location.hash.slice(1);
  for (const id of ["tentang", "rincian", "arti"]) part(id).hidden = true;
  part("sumber").replaceChildren();
  part("pita").hidden = !digits;
  part("kosong").hidden = Boolean(digits);
  begun = performance.now();
  if (digits) examine(mine, digits).catch(() => mine === run && fail());
  else registered ??= settle().catch(() => {}).then(register).catch(() => {});
}

/* Take what the worker fetched before its next round does. */
const settle = async () => cache.choose(await cache.load(), location.host);

/*
 * Let the worker keep this page and its data, once a verdict stands: before it nothing is asked for.  The policy admits the
 * worker's address alone.  Where a new release takes the old one's place, this page shows it.
 */
async function register() {
  const createScriptURL = (address) => {
    if (address !== WORKER) throw new TypeError(address);
    return address;
  };
  const policy = globalThis.trustedTypes?.createPolicy("pakta", { createScriptURL }) ?? { createScriptURL };
  const worker = navigator.serviceWorker;
  if (worker.controller) worker.addEventListener("controllerchange", anew, { once: true });
  const registration = await worker.register(policy.createScriptURL(WORKER), { scope: "/v", updateViaCache: "none" });
  (await worker.ready).active.postMessage("ambil");
  await registration.update();
}

/* Load the page anew, once a release and tab: two behind one address in turn would have it load for ever. */
function anew() {
  if (sessionStorage.getItem(import.meta.url)) return; // the next opening shows the newest
  sessionStorage.setItem(import.meta.url, "1");
  location.reload();
}

addEventListener("hashchange", start);
start();
