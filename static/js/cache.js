// What this phone keeps between visits, in the Cache API under the addresses of the server's own files; never a
// certificate.  `?calon` marks what the worker fetched and no page has checked yet, `?nanti=` a well-signed status list of this
// clock's future by when it was signed, and after a dot when the newest one was that had been checked before it came: no round of
// the worker takes its place (decision 0097).

import { equal } from "./bytes.js";
import * as keyset from "./keyset.js";
import * as statuslist from "./statuslist.js";
import * as tlog from "./tlog.js";
import * as witnesses from "./witnesses.js";
import { OFFLINE, POLICY } from "./policy.js";

const KEYS = "/.well-known/pakta-keys.json";
const STATUS = "/s/0";
const CHECKPOINT = "/log/checkpoint";
const PENDING = "/log/pending"; // the newest head, which the witnesses have not all seen
const WITNESSED = 1e15; // above every size: a head with its quorum goes before any without
const FRESH = "?calon";
const LATER = `${STATUS}?nanti=`;
const MOST = 8; // lists of the future that are kept

const came = new WeakMap(); // from the network, with the seconds by which this device's clock was ahead of the server's
const opened = OFFLINE ? globalThis.caches?.open("pakta-data").catch(() => null) : null;

export async function kept(path) {
  const answer = await (await opened)?.match(path);
  return answer ? new Uint8Array(await answer.arrayBuffer()) : null;
}

/* Keep a file; return whether it is: a full disk only costs the next visit time. */
export async function keep(path, bytes) {
  return Boolean(await (await opened)?.put(path, new Response(bytes)).then(() => true, () => false));
}

/* Fetch a file; a tile may come from what the browser itself keeps, unless it is asked for `again`. */
export async function fetched(path, signal, again) {
  const lasting = path.startsWith("/log/tile/") ? "default" : "no-cache";
  const asked = Date.now();
  const answer = await fetch(path, { signal, credentials: "omit", cache: again ? "reload" : lasting });
  const heard = Date.now(); // a device may sleep between the two: a clock is off only where the server's time lies outside
  if (!answer.ok) throw new Error(`${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const there = Date.parse(answer.headers.get("date")) + 1000 * answer.headers.get("age"); // kept on the way for so long
  came.set(bytes, (asked > there ? asked - there : Math.min(heard - there, 0)) / 1000);
  return bytes;
}

/* Return the kept copies of the three files, in order of trust: checked before, fetched by the worker; then the head that waited, and by time the lists of the future. */
export async function load() {
  const copies = async (path) => {
    const [checked, came] = await Promise.all([kept(path), kept(path + FRESH)]);
    return [checked, checked && came && equal(checked, came) ? checked : came];
  };
  const [waiting, aside, keySets, statusTokens, checkpoints] = await Promise.all([POLICY && kept(PENDING), setAside(), ...[KEYS, STATUS, CHECKPOINT].map(copies)]);
  return { keySets, statusTokens, checkpoints: [...checkpoints, waiting], aside };
}

async function setAside() {
  const names = ((await (await opened)?.keys(STATUS, { ignoreSearch: true })) ?? []).map(({ url }) => url.split(LATER)[1]).filter(Boolean);
  const entry = async (name) => {
    const [at, since = 0] = name.split(".").map(Number);
    return [at, { name, since, list: await kept(LATER + name) }];
  };
  return new Map(await Promise.all(names.map(entry)));
}

/* Keep lists of the future, and of all such of which `times` says that they are ours the newest; return whether all of `later` are kept. */
async function putAside(aside, later, before, times) {
  for (const { list, issuedAt } of later) {
    const since = came.has(list) ? before : 0; // which came first of what the worker fetched is not known
    const name = `${issuedAt}.${since}`;
    if (!aside.has(issuedAt) && (await keep(LATER + name, list))) aside.set(issuedAt, { name, since, list });
  }
  const ours = [...new Set(times)].filter((at) => aside.has(at)).sort((one, other) => other - one);
  await drop(aside, ours.slice(MOST));
  return later.every(({ issuedAt }) => aside.has(issuedAt));
}

async function drop(aside, times) {
  const names = times.map((at) => aside.get(at).name);
  for (const at of times) aside.delete(at);
  for (const name of names) await (await opened).delete(LATER + name);
}

/* Fetch the three files into `files` as they arrive; return whether any did.  Before the first quorum there is only a pending head. */
export async function refresh(files, signal) {
  const into = async (list, path) => {
    list.push(await fetched(path, signal));
  };
  const tries = [into(files.keySets, KEYS), into(files.statusTokens, STATUS), into(files.checkpoints, CHECKPOINT).catch(() => pending(files, signal))];
  return (await Promise.all(tries.map((each) => each.then(() => true, () => false)))).some(Boolean);
}

/* Fetch the head that still waits for witnesses into `files`; without a policy no head does. */
export async function pending(files, signal) {
  if (!POLICY) throw new Error("no policy");
  files.checkpoints.push(await fetched(PENDING, signal));
}

/* Return the copies that `rank` accepts, the highest first, `fresh` where an equal one came; where it accepts none, the last copy. */
async function ranked(copies, rank) {
  const held = [...new Set(copies.filter(Boolean))];
  const ranks = await Promise.all(held.map((copy) => rank(copy).catch(() => -1)));
  const good = held.map((copy, at) => ({ copy, rank: ranks[at] })).filter((each) => each.rank >= 0);
  if (!good.length) return held.slice(-1).map((copy) => ({ copy, rank: -1 }));
  const [best] = good.sort((a, b) => b.rank - a.rank);
  best.fresh = good.some(({ copy, rank }) => rank === best.rank && came.has(copy));
  return good;
}

/*
 * Choose the newest good copy of each file, so that an older one from the server never takes a newer one's place, and
 * keep what was chosen.  `known` is the key set as it was read; `heads` are the good checkpoints, newest first, and before
 * them those with their quorum; `fresh` says that of each file one as new came.
 *
 * strange   key sets that no known key vouches for, unless the server serves one by now that is known
 * later     lists without which nothing is SAH: {list, issuedAt, came}.  Well-signed ones of this clock's future, `came` where no
 *           earlier visit set them aside; and where one that was set aside is the newest by now, those that came after it
 * ahead     by how many seconds this device's clock is ahead of the server's, or 0: one answer that agrees with it is enough
 */
export async function choose({ keySets, statusTokens, checkpoints, aside }, host) {
  const clocks = [...keySets, ...statusTokens, ...checkpoints].map((copy) => came.get(copy)).filter(Number.isFinite);
  const off = clocks.sort((one, other) => Math.abs(one) - Math.abs(other))[0];
  const ahead = Math.abs(off) > statuslist.SKEW ? off : 0;
  const strange = [];
  const believed = keySets[0] && (await keyset.verify(keySets[0], host, 0).catch(() => null));
  const [keys] = await ranked(keySets, async (copy) => {
    const found = await keyset.verify(copy, host, 0);
    if (!believed) return found.version;
    await keyset.verifyContinues(found, believed).catch((error) => { // a new set is believed on the word of a key of the old
      strange.push(copy);
      throw error;
    });
    return found.version;
  });
  if (!keys || keys.rank < 0) return { keySet: keys?.copy ?? null, statusToken: statusTokens.filter(Boolean).pop() ?? null, heads: [], strange };
  const known = await keyset.verify(keys.copy, host, 0);
  // A list of the future was signed under a wrong clock, unless it is this device's that is behind; it is set aside.
  const latest = Date.now() / 1000 + statuslist.SKEW;
  const later = [];
  const times = [];
  const made = async (copy) => {
    const { issuedAt } = await statuslist.open(copy, known.sound);
    times.push(issuedAt);
    if (issuedAt > latest) later.push({ list: copy, issuedAt, came: statusTokens.includes(copy) });
    return issuedAt <= latest - Math.min(ahead, 0) ? issuedAt : -1;
  };
  const reached = async (copy) => {
    const { size } = await tlog.verifyCheckpoint(copy, known.log.vkey);
    return size + ((await isWitnessed(copy)) ? WITNESSED : 0);
  };
  const held = [...aside.values()].map(({ list }) => list);
  const [lists, heads] = await Promise.all([ranked([...held, ...statusTokens], made), ranked(checkpoints, reached)]);
  const [status] = lists;
  const checked = lists.filter(({ rank }) => rank >= 0 && rank <= latest && !aside.has(rank)); // one that was set aside stays so when it comes again
  const before = checked.find(({ copy }) => !came.has(copy))?.rank ?? 0;
  const safe = await putAside(aside, later, before, times); // before an older list takes the place of one that this clock once knew
  // When a list was signed does not say when it was made, if the server's clock was ahead: it does not outrank what came after it.
  const since = aside.get(status?.rank)?.since;
  const beside = lists.filter(({ rank }) => rank > since && rank < status.rank && rank >= (checked[0]?.rank ?? 0));
  later.push(...beside.map(({ copy, rank }) => ({ list: copy, issuedAt: rank })));
  const waiting = POLICY && heads.find(({ rank }) => rank < WITNESSED); // known offline, too
  const chosen = [[KEYS, keySets, keys], [CHECKPOINT, checkpoints, heads[0]], [PENDING, checkpoints.slice(2), waiting], [STATUS, statusTokens, safe && checked[0]]];
  const stay = chosen.map(([path, copies, best]) => best?.rank >= 0 && (best.copy === copies[0] || keep(path, best.copy)));
  if (aside.size && (await stay[3])) drop(aside, [...aside.keys()].filter((at) => at <= checked[0].rank));
  const fresh = [keys, status, heads[0]].every((each) => each?.fresh);
  return { keySet: keys.copy, known, statusToken: status?.copy ?? null, heads: heads.map((head) => head.copy), fresh, strange: keys.fresh ? [] : strange, later, ahead };
}

const isWitnessed = async (head) => Boolean(POLICY) && witnesses.verify(head, POLICY).then(() => true, () => false);

/* Return a reader of tiles: kept ones, and with a signal also fetched ones; with `again` only fetched ones. */
export function tiles(signal, again = false) {
  return async (path) => {
    const bytes = again ? null : await kept(path);
    if (bytes) return bytes;
    if (!signal) throw new Error("not kept");
    const answer = await fetched(path, signal, again);
    keep(path, answer);
    return answer;
  };
}
