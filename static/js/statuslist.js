// The status list: an IETF Token Status List as a signed CWT, two bits a credential, compressed with zlib.

import * as cbor from "./cbor.js";
import * as cose from "./cose.js";
import { demand, once, Refusal } from "./bytes.js";

const REASON = "STATUS_MALFORMED";
const LONGEST = 4 * 1048576; // bytes when unpacked: 16 million places
export const SKEW = 300; // seconds

async function inflate(packed) {
  const { readable, writable } = new DecompressionStream("deflate");
  const [reader, writer] = [readable.getReader(), writable.getWriter()];
  for (const done of [writer.write(packed), writer.close()]) done.catch(() => {}); // the reader is told, too
  const parts = [];
  let length = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      parts.push(next.value);
      length += next.value.length;
      if (length > LONGEST) reader.cancel();
    }
  } catch {
    throw new Refusal(REASON);
  }
  demand(length > 0 && length <= LONGEST, REASON);
  return parts;
}

/* Return the value (0 to 3) at a place. */
function valueAt(parts, index) {
  let byte = Math.floor(index / 4);
  for (const part of parts) {
    if (byte < part.length) return (part[byte] >> (2 * (index % 4))) & 3;
    byte -= part.length;
  }
  throw new Refusal("STATUS_OUTSIDE");
}

const isWhole = (value) => Number.isSafeInteger(value) && value >= 0;

/* Open a list after checking its form and signature. */
export const open = once(async (token, keys) => {
  const sealed = cose.parse(token);
  await cose.verify(sealed, keys, "application/statuslist+cwt");
  const claims = cbor.decode(sealed.payload);
  demand(claims instanceof Map && claims.size === 5, REASON);
  const [subject, expires, issuedAt, list, ttl] = [2, 4, 6, 65533, 65534].map((name) => claims.get(name));
  demand(list instanceof Map && list.size === 2 && list.get("bits") === 2 && list.get("lst") instanceof Uint8Array, REASON);
  demand(typeof subject === "string" && [expires, issuedAt, ttl].every(isWhole), REASON);
  return { subject, expires, issuedAt, packed: list.get("lst") };
});

/* Check also a list's subject and freshness (times in seconds); return when it was made and the value at `index`. */
export async function read(token, { keys, uri, index, now, notBefore }) {
  const { subject, expires, issuedAt, packed } = await open(token, keys);
  demand(subject === uri, "STATUS_OTHER");
  demand(expires > now && issuedAt <= now + SKEW, "STATUS_STALE");
  demand(issuedAt >= notBefore, "STATUS_ROLLED_BACK");
  return { issuedAt, value: valueAt(await inflate(packed), index) };
}
