// The QR's decimal digits: 7 bytes are 17 digits, a last group of 1 to 6 bytes is 3, 5, 8, 10, 13 or 15 (docs/credential.md).

import { demand } from "./bytes.js";

const BYTES = { 3: 1, 5: 2, 8: 3, 10: 4, 13: 5, 15: 6, 17: 7 };
const LIMIT = 4096; // digits; the largest credential has fewer than 1,500

export function decode(digits) {
  demand(digits.length <= LIMIT, "ADDRESS_TOO_LONG");
  demand(/^[0-9]+$/.test(digits), "ADDRESS_DIGITS");
  const bytes = [];
  for (let at = 0; at < digits.length; at += 17) {
    const group = digits.slice(at, at + 17);
    const count = BYTES[group.length];
    demand(count, "ADDRESS_LENGTH");
    const value = BigInt(group);
    demand(value >> BigInt(8 * count) === 0n, "ADDRESS_GROUP");
    for (let place = count - 1; place >= 0; place--) bytes.push(Number((value >> BigInt(8 * place)) & 255n));
  }
  return Uint8Array.from(bytes);
}
