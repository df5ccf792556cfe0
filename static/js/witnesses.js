// Who vouches that the ledger has only grown: cosignatures (C2SP tlog-cosignature, Ed25519) and how many are enough (C2SP
// tlog-policy).  A policy, which the server pins in policy.js, is {witnesses: [{name, id, key}, …], quorum}, and a quorum is
// the place of a witness in that list or a group {least, of: [quorum, …]}.

import * as tlog from "./tlog.js";
import { concat, demand, fromBase64, once, utf8 } from "./bytes.js";

const LATEST = 2n ** 63n; // seconds, the first that is refused

/* Return when a cosignature over a checkpoint's text was made, in seconds since 1970. */
async function timeOf(signature, text, key) {
  demand(signature.length === 72, "NOTE_SIGNATURE");
  const at = new DataView(signature.slice().buffer).getBigUint64(0);
  const message = concat(utf8(`cosignature/v1\ntime ${at}\n`), utf8(text));
  demand(at < LATEST && (await tlog.isSigned(key, signature.subarray(8), message)), "NOTE_SIGNATURE");
  return Number(at);
}

const earliest = (times) => times.sort((a, b) => a - b);

/* Return since when the quorum counts as having cosigned, or undefined. */
function since(quorum, times) {
  if (!quorum.of) return times[quorum];
  const each = quorum.of.map((member) => since(member, times)).filter((at) => at !== undefined);
  return earliest(each)[quorum.least - 1];
}

/*
 * Return since when a quorum of the policy's witnesses has cosigned a checkpoint's note, in seconds since 1970.
 * A signature that claims to be of any of its witnesses must hold.
 */
export const verify = once(async (note, { witnesses, quorum }) => {
  const { text, signaturesOf } = tlog.parseNote(note);
  const times = [];
  for (const witness of witnesses) {
    const key = fromBase64(witness.key, "VKEY_MALFORMED");
    const each = signaturesOf(witness).map((signature) => timeOf(signature, text, key));
    times.push(earliest(await Promise.all(each))[0]);
  }
  const at = since(quorum, times);
  demand(at !== undefined, "WITNESSES_TOO_FEW");
  return at;
});
