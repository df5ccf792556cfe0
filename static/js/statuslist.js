// The status list: an IETF Token Status List as a signed CWT, two bits a credential, compressed with zlib.

import * as cbor from "./cbor.js";
import * as cose from "./cose.js";
import { demand, Refusal } from "./bytes.js";

const LIMIT = 4 * 1024 * 1024; // bytes when unpacked: 16 million credentials

async function inflate(packed) {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Refusal("STATUS_LIST_MALFORMED");
    });
    if (done) return { parts, length };
    parts.push(value);
    length += value.length;
    if (length > LIMIT) {
      reader.cancel();
      throw new Refusal("STATUS_LIST_TOO_LARGE");
    }
  }
}
