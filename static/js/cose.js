// The credential: COSE_Sign1 (RFC 9052) around CWT claims, exactly as docs/credential.md lists them.

import * as cbor from "./cbor.js";
import { concat, demand, equal, hex, Refusal } from "./bytes.js";

/* Open a COSE_Sign1 whose protected header is {1: -7, 4: kid} and `more`; return its parts, unchecked. */
export function open(bytes, more = [], reason = "COSE_FORM") {
  const item = cbor.decode(bytes, 18);
  demand(Array.isArray(item) && item.length === 4, reason);
  const [header, loose, payload, signature] = item;
  demand([header, payload, signature].every((part) => part instanceof Uint8Array), reason);
  demand(loose instanceof Map && loose.size === 0 && signature.length === 64, reason);
  const known = cbor.decode(header);
  const kid = known instanceof Map ? known.get(4) : null;
  demand(kid instanceof Uint8Array && kid.length === 8 && known.size === 2 + more.length, reason);
  demand(known.get(1) === -7 && more.every(([name, value]) => known.get(name) === value), reason);
  const signed = concat(cbor.arrayHead(4), cbor.encodeText("Signature1"), cbor.encodeBytes(header), cbor.encodeBytes(new Uint8Array()), cbor.encodeBytes(payload));
  return { kid: hex(kid), payload, signature, signed };
}

/* Check an opened COSE_Sign1 under the key of its kid. */
export async function check({ kid, signed, signature }, keys) {
  const key = keys.get(kid);
  demand(key, "KEY_UNKNOWN");
  const good = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, signed);
  demand(good, "SIGNATURE_BAD");
}
