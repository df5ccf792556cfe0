// The verdict: the same rules in the same order as pakta/core/verdict.py, held to it by shared vectors.

import * as credential from "./credential.js";
import * as keyset from "./keyset.js";
import * as statuslist from "./statuslist.js";
import * as tlog from "./tlog.js";
import * as witnesses from "./witnesses.js";
import { Refusal } from "./bytes.js";

const STEPS = ["address", "keys", "signature", "time", "ledger", "status", "witnesses"];
const REVOKED = 1;
const SUSPENDED = 2;

/* Run a check; return what it gives, or the reason of its refusal in `refused`. */
async function attempt(check) {
  try {
    return { value: await check() };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.reason };
    throw error;
  }
}

/*
 * Return the verdict on a QR's address, for any bytes whatever.
 *
 * keySet, statusToken      bytes as served or kept, or null
 * inclusion                {checkpoint, path, marked} or null; a path null where the tiles could not be had; marked leads
 *                          to the root that the key set states of a lost key
 * now                      seconds since 1970
 * policy                   who must have cosigned the ledger's head (policy.js), or null: nobody
 * newestVersion, newestStatus   what was seen before: older ones are refused
 */
export async function decide({ address, origin, keySet, statusToken, inclusion, now, policy = null, newestVersion = 0, newestStatus = 0 }) {
  const verdict = { word: null, reason: null, steps: Object.fromEntries(STEPS.map((step) => [step, "unchecked"])), claims: null };
  const { steps } = verdict;
  const end = (word, reason = null) => Object.assign(verdict, { word, reason });

  const read = await attempt(() => credential.parse(credential.fromAddress(address, origin)));
  steps.address = read.refused ? "no" : "yes";
  if (read.refused) return end("TIDAK DIKENAL", read.refused);
  const found = read.value;
  const host = origin.split("://")[1];

  if (!keySet) return end("TIDAK DAPAT DIPERIKSA", "KEYSET_MISSING");
  const known = await attempt(() => keyset.verify(keySet, host, newestVersion));
  if (known.refused) return end("TIDAK DAPAT DIPERIKSA", known.refused);
  steps.keys = "yes";
  verdict.version = known.value.version;

  const { claims } = found;
  const signed = claims.issuer === host ? await attempt(() => credential.verify(found, known.value.keys, now)) : { refused: "ISSUER_UNKNOWN" };
  const early = signed.refused === "EXPIRED" || signed.refused === "NOT_YET_VALID";
  steps.signature = signed.refused && !early ? "no" : "yes";
  if (signed.refused && !early) return end("TIDAK DIKENAL", signed.refused);
  verdict.claims = claims;
  steps.time = early ? "no" : "yes";
  if (early) return end(signed.refused === "EXPIRED" ? "KEDALUWARSA" : "TIDAK DAPAT DIPERIKSA", signed.refused);

  let ledger = await attempt(() => checkLedger(verdict, found, known.value.log, inclusion));
  if (!ledger.refused && policy) ledger = await attempt(() => checkWitnesses(verdict, inclusion.checkpoint, policy));
  if (ledger.refused === "NOT_IN_LEDGER") return end("TIDAK DIKENAL", ledger.refused);
  const status = await attempt(() => checkStatus(verdict, known.value.sound, { origin, statusToken, now, notBefore: newestStatus }));
  if (status.value === REVOKED) return end("DICABUT", "STATUS_REVOKED");
  if (status.value === SUSPENDED) return end("DITANGGUHKAN", "STATUS_SUSPENDED");
  const lost = keyset.mark(known.value, found.sealed.kid); // where its key was lost: the head witnessed before
  if (lost && claims.ledgerIndex >= lost.size) return end("DITANGGUHKAN", "KEY_COMPROMISED");
  const missing = ledger.refused ?? status.refused;
  if (missing) return end("TIDAK DAPAT DIPERIKSA", missing);
  if (!lost) return end("SAH");
  if (!inclusion.marked) return end("TIDAK DAPAT DIPERIKSA", "LEDGER_MISSING");
  const under = await attempt(() => checkEntry(found, lost, inclusion.marked));
  return under.refused ? end("DITANGGUHKAN", "KEY_COMPROMISED") : end("SAH, KUNCI LAMA DITEGUHKAN", "KEY_CONFIRMED");
}

/* Refuse unless the credential's entry stands in the ledger at exactly the index that it claims. */
async function checkLedger(verdict, found, log, inclusion) {
  if (!inclusion) throw new Refusal("LEDGER_MISSING");
  const head = await tlog.verifyCheckpoint(inclusion.checkpoint, log.vkey);
  if (head.origin !== log.origin) throw new Refusal("OTHER_LOG");
  verdict.size = head.size;
  const index = found.claims.ledgerIndex;
  if (index >= head.size) throw new Refusal("LEDGER_BEHIND");
  if (!inclusion.path) throw new Refusal("LEDGER_MISSING");
  const { refused } = await attempt(() => checkEntry(found, head, inclusion.path));
  verdict.steps.ledger = refused ? "no" : "yes";
  if (refused) throw new Refusal("NOT_IN_LEDGER");
}

/* Refuse unless the credential's entry stands at its index in the tree of this size and root. */
async function checkEntry(found, head, path) {
  const leaf = await tlog.leafHash(await credential.entry(found));
  await tlog.verifyInclusion(leaf, found.claims.ledgerIndex, head, path);
}

/* Refuse unless as many witnesses as the policy demands vouch for the ledger's head. */
async function checkWitnesses(verdict, checkpoint, policy) {
  const { value, refused } = await attempt(() => witnesses.verify(checkpoint, policy));
  verdict.steps.witnesses = refused ? "no" : "yes";
  if (refused) throw new Refusal(refused);
  verdict.witnessedAt = value;
}

/* Return the credential's status, 0 to 2. */
async function checkStatus(verdict, keys, { origin, statusToken, now, notBefore }) {
  if (!statusToken) throw new Refusal("STATUS_MISSING");
  const { statusUri: uri, statusIndex: index } = verdict.claims;
  if (uri !== `${origin}/s/0`) throw new Refusal("STATUS_OTHER");
  const { issuedAt, value } = await statuslist.read(statusToken, { keys, uri, index, now, notBefore });
  if (value === 3) throw new Refusal("STATUS_MALFORMED");
  verdict.statusAt = issuedAt;
  verdict.steps.status = value === 0 ? "yes" : "no";
  return value;
}
