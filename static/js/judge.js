// What is said of a certificate by the files at hand: the rules' verdict, or grey where this device's clock or an unvouched
// key set stands in the way (decisions 0090, 0097).

import * as cache from "./cache.js";
import * as credential from "./credential.js";
import * as keyset from "./keyset.js";
import * as statuslist from "./statuslist.js";
import * as tlog from "./tlog.js";
import { POLICY } from "./policy.js";
import { decide } from "./verdict.js";

export const UNCHECKED = "TIDAK DAPAT DIPERIKSA";

export const present = () => Date.now() / 1000;

/* Return the verdict on the credential of `address` by the files at hand; `fresh` names what is said of its data. */
export async function judge(address, files, signal) {
  const { keySet, known, statusToken, later = [], heads, fresh, strange, ahead } = await cache.choose(files, location.host);
  let inclusion = null;
  let lacking = 0; // entries of the largest head whose tiles did not come: another one may prove it
  for (const checkpoint of heads) {
    const path = await pathTo(address, checkpoint, signal).catch(() => {
      lacking = Math.max(lacking, tlog.readCheckpoint(checkpoint).size);
      return null;
    });
    inclusion ??= { checkpoint, path };
    if (path) inclusion = { checkpoint, path };
    if (path) break;
  }
  if (inclusion?.path) inclusion.marked = await pathTo(address, inclusion.checkpoint, signal, known).catch(() => null);
  const given = { address, origin: location.origin, keySet, statusToken, inclusion, policy: POLICY };
  const decided = (changes, now = present()) => decide({ ...given, ...changes, now });
  const verdict = await decided();
  const { word, claims, reason, steps } = verdict;
  const grey = (why, ...untold) => {
    Object.assign(verdict, { word: UNCHECKED, reason: why });
    for (const step of untold) steps[step] = "unchecked";
  };
  if (reason === "ISSUER_UNKNOWN") {
    for (const other of strange) if ((await decided({ keySet: other })).claims) grey("KEYSET_UNVOUCHED", "keys", "signature"); // one of its keys signed
  }
  const timed = ["NOT_YET_VALID", "STATUS_STALE"].includes(reason) || (reason === "EXPIRED" && claims.expiresAt > present() - ahead);
  let early = false; // good only by a clock that is behind: otherwise by the server's, or by a list of this clock's future
  if (word.startsWith("SAH")) {
    const differs = async (changes, now) => (await decided(changes, now)).word !== word;
    const takes = async (list, now) => (await statuslist.read(list, { keys: known.sound, uri: claims.statusUri, index: claims.statusIndex, now, notBefore: 0 })).value > 0;
    // Of what an earlier visit set aside, or what came after that, only a status counts: else one list of a wrong clock would have newer certificates grey.
    const looks = later.map(({ list, issuedAt, came }) => (came ? differs({ statusToken: list }, issuedAt) : takes(list, issuedAt).catch(() => false)));
    if (ahead < 0) looks.push(differs({}, present() - ahead));
    early = (await Promise.all(looks)).some(Boolean);
  }
  if ((ahead && timed) || early) grey("CLOCK", "time", "status");
  const elsewhere = reason === "KEYSET_OTHER" && "none"; // nothing is wrong with what was answered
  const proved = lacking ? inclusion.path && lacking > verdict.size && "older" : "fresh";
  return { ...verdict, ahead, fresh: elsewhere || (fresh && verdict.reason !== "LEDGER_MISSING" && proved) };
}

/*
 * Return the path from the certificate's place to the checkpoint's root; kept tiles that do not fit are fetched again.
 * With a key set it leads to the root that the set states of the certificate's key; null where that was not lost.
 */
async function pathTo(address, checkpoint, signal, keys = null) {
  const { claims, sealed } = credential.parse(credential.fromAddress(address, location.origin));
  const newest = tlog.readCheckpoint(checkpoint);
  const head = keys ? keyset.mark(keys, sealed.kid) : newest;
  if (!head || claims.ledgerIndex >= head.size) return null;
  const read = (again) => tlog.pathFromTiles(claims.ledgerIndex, head, cache.tiles(signal, again), Math.max(head.size, newest.size));
  return signal ? read(false).catch(() => read(true)) : read(false);
}
