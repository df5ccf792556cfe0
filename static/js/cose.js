// COSE_Sign1 with ES256 (RFC 9052), in the one form that Pakta writes.

import * as cbor from "./cbor.js";
import { concat, demand, hex } from "./bytes.js";

const REASON = "COSE_MALFORMED";
const LONGEST = 1048576; // bytes
const ES256 = { name: "ECDSA", hash: "SHA-256" };
const isBytes = (value) => value instanceof Uint8Array;

/* Read a COSE_Sign1 without judging its signature. */
export function parse(bytes) {
  demand(bytes.length <= LONGEST && bytes[0] === 0xd2, REASON);
  const item = cbor.decode(bytes.subarray(1));
  demand(Array.isArray(item) && item.length === 4 && item[1] instanceof Map && item[1].size === 0, REASON);
  const [header, , payload, signature] = item;
  demand([header, payload, signature].every(isBytes), REASON);
  const pairs = cbor.decode(header);
  demand(pairs instanceof Map && pairs.get(1) === -7 && signature.length === 64, REASON);
  const frame = [cbor.encodeText("Signature1"), cbor.encodeBytes(header), cbor.encodeBytes(new Uint8Array()), cbor.encodeBytes(payload)];
  return { header: pairs, kid: pairs.get(4), payload, signature, signed: concat(cbor.arrayHead(4), ...frame) };
}

/* Check the header's exact members, and the signature under the key that it names. */
export async function verify({ header, kid, signature, signed }, keys, type) {
  demand(header.size === (type ? 3 : 2) && isBytes(kid) && header.get(16) === type, REASON);
  const key = keys.get(hex(kid));
  demand(key, "ISSUER_UNKNOWN");
  await verifyES256(key, signature, signed);
}

export async function verifyES256(key, signature, message) {
  demand(signature.length === 64, "SIGNATURE_MALFORMED");
  demand(await crypto.subtle.verify(ES256, key, signature, message), "SIGNATURE_DIFFERS");
}
