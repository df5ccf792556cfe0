// The worker of /v.  The server puts one line before this file: `const SHELL = {"version": …, "files": […]};`.
// It keeps the page's own files, and fetches what a verdict needs, so that a certificate never opened on this phone
// can be verified without a network.  It checks nothing: the page checks all that it reads from here.
// With no files in that line it is the operator's switch: it drops all that was kept, and lets everything through.

const SHELL_CACHE = `pakta-shell-${SHELL.version}`;
const DATA_CACHE = "pakta-data";
const FRESH = "?calon"; // fetched, and not yet checked by a page
const ENGLISH = "/v?bahasa=en";
const FILES = ["/.well-known/pakta-keys.json", "/s/0", "/log/checkpoint"];
const WHOLE = 16384; // entries: a larger ledger is read tile by tile
const SPARED = 24; // newest partial tiles, which the checkpoint that a page trusts may still want
const PAUSE = 60000; // milliseconds between two rounds of fetching

const PATIENCE = 30000; // milliseconds until a file of the data is no longer waited for
const OFF = !SHELL.files.length;
// A browser may ask the network for a page while it starts its worker; where routes are declared it leaves that alone.
const ROUTES = [{ condition: { urlPattern: { pathname: "/v" } }, source: "fetch-event" }];

let last = 0; // when the data was last fetched
let round = null; // of fetching, the last that was begun

self.addEventListener("install", (event) => {
  self.skipWaiting();
  if (!OFF) event.addRoutes?.(ROUTES).catch(() => {});
  event.waitUntil(OFF || keepShell());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([dropOld(), self.clients.claim()])); // a page waits for this: no network
});

if (!OFF) self.addEventListener("message", (event) => event.waitUntil(Promise.all([mendShell(), refresh()]))); // from a page, once its verdict stands

if (!OFF) self.addEventListener("fetch", (event) => {
  const { origin, pathname, search } = new URL(event.request.url); // the fragment ends here: it is never kept or sent
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    if (pathname === "/v") event.respondWith(fromShell(new URLSearchParams(search).get("bahasa") === "en" ? ENGLISH : "/v"));
  } else if (SHELL.files.includes(pathname + search)) {
    event.respondWith(fromShell(pathname + search));
  }
});

function request(path, signal) {
  return new Request(path, { credentials: "omit", cache: "no-cache", signal });
}

const ofData = (path) => request(path, AbortSignal.timeout?.(PATIENCE));

const isPage = (path) => path.split("?")[0] === "/v";

/* Keep all files of one version, or none: a page of another version beside them would not open without a network. */
async function keepShell() {
  const cache = await caches.open(SHELL_CACHE);
  try {
    await cache.addAll(SHELL.files.map((path) => request(path)));
    const pages = await Promise.all(SHELL.files.filter(isPage).map(async (path) => (await cache.match(path)).text()));
    if (!pages.every((page) => page.includes(`/v/${SHELL.version}/`))) throw new Error("a page of another version");
  } catch (error) {
    await caches.delete(SHELL_CACHE);
    throw error;
  }
}

/*
 * Keep the files anew where they have gone: a browser short of room drops them, and so does an older worker that begins late.
 * A worker that was ended before it had fetched them has left a cache with nothing in it.
 */
async function mendShell() {
  if (!(await caches.match("/v", { cacheName: SHELL_CACHE }))) await keepShell().catch(() => {}); // no network, or a release meanwhile: the next visit
}

async function fromShell(path) {
  return (await caches.match(path, { cacheName: SHELL_CACHE })) ?? fetch(request(path));
}

async function dropOld() {
  const isOld = (name) => (OFF ? name.startsWith("pakta-") : name.startsWith("pakta-shell-") && name !== SHELL_CACHE);
  const names = (await caches.keys()).filter(isOld);
  await Promise.all(names.map((name) => caches.delete(name)));
}

/* Fetch all, unless that was done a moment ago; who comes during a round waits, and begins another where it failed. */
async function refresh() {
  await round;
  if (Date.now() - last < PAUSE) return;
  last = Date.now();
  round = fetchAll();
  await round;
}

/* Fetch key set, status list and checkpoint, then every tile of a ledger that is not too large. */
async function fetchAll() {
  try {
    const cache = await caches.open(DATA_CACHE);
    const answers = await Promise.all(FILES.map((path) => fetch(ofData(path))));
    if (!answers.every((answer) => answer.ok)) throw new Error("not served");
    const [name, size] = await headOf(answers[2].clone());
    const { log } = await answers[0].clone().json();
    if (name !== log.origin || !/^[0-9]+$/.test(size)) throw new Error("no head of this ledger"); // a page of a proxy, say
    const keepFiles = () => Promise.all(FILES.map((path, at) => cache.put(path + FRESH, answers[at].clone())));
    const before = await cache.match(FILES[2] + FRESH);
    if (before && (await headOf(before))[0] !== name) await dropTiles(cache).then(keepFiles); // dropped once, even if this round breaks off
    const wanted = Number(size) <= WHOLE ? tilePaths(Number(size)) : [];
    await fetchTiles(cache, wanted);
    await keepFiles();
  } catch {
    last = 0; // no network, a server that fails, or a full disk: tried again at the next visit
  }
}

/* Return the first lines of a checkpoint: the ledger's name and its size. */
const headOf = async (answer) => (await answer.text()).split("\n");

/* Drop all tiles: a ledger that goes on under a new name gives indexes again, and other bytes under the same addresses. */
async function dropTiles(cache) {
  const tiles = (await cache.keys()).filter((entry) => entry.url.includes("/log/tile/"));
  await Promise.all(tiles.map((entry) => cache.delete(entry)));
}

/* Fetch the tiles that are not held, six at a time, and drop partial ones that only an old checkpoint wanted. */
async function fetchTiles(cache, wanted) {
  const held = new Set((await cache.keys()).map((entry) => new URL(entry.url).pathname));
  const missing = wanted.filter((path) => !held.has(path));
  for (let at = 0; at < missing.length; at += 6) {
    await Promise.all(missing.slice(at, at + 6).map((path) => cache.add(ofData(path))));
  }
  const old = [...held].filter((path) => path.includes(".p/") && !wanted.includes(path));
  await Promise.all(old.slice(0, -SPARED).map((path) => cache.delete(path)));
}

/* List all tiles of a tree of `size` leaves: the same rule as in tlog.js, which a classic worker cannot import. */
function tilePaths(size) {
  const paths = [];
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / 256)) {
    for (let at = 0; at < count; at += 256) {
      const name = String(at / 256).padStart(3, "0"); // below 1,000: no ledger of this size has more tiles
      paths.push(`/log/tile/${level}/${name}${count - at < 256 ? `.p/${count - at}` : ""}`);
    }
  }
  return paths;
}
