// The credential, and the address of decimal digits that its QR holds (docs/credential.md).

import * as cbor from "./cbor.js";
import * as cose from "./cose.js";
import { concat, demand, digest, utf8 } from "./bytes.js";

const BYTES = { 3: 1, 5: 2, 8: 3, 10: 4, 13: 5, 15: 6, 17: 7 }; // in a group of so many digits
const MOST_DIGITS = 2000;
const LONGEST = 800; // bytes
const SKEW = 300; // seconds that an issue time may lie ahead of this clock
const PAYLOAD = utf8("pakta/ledger/v1\0");

/* Return the credential's bytes out of a QR's address. */
export function fromAddress(address, origin) {
  demand(address.length <= origin.length + 64 + MOST_DIGITS, "DIGITS_MALFORMED");
  const text = address.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  const at = text.indexOf("#");
  const place = at < 0 ? text : text.slice(0, at);
  const [, scheme, host, path] = /^(https?):\/\/([!-.0-9:->@-~]+)([/?][!-~]*)?$/i.exec(place) ?? [];
  demand(host, "ADDRESS_MALFORMED");
  demand(`${scheme}://${host}`.toLowerCase() === origin, "OTHER_HOST");
  demand(/^https/i.test(scheme) || /^(localhost|127\.0\.0\.1)(:\d+)?$/i.test(host), "ADDRESS_MALFORMED");
  demand(path === "/v" && at >= 0, "ADDRESS_MALFORMED");
  return fromDigits(text.slice(at + 1));
}

function fromDigits(digits) {
  demand(/^[0-9]+$/.test(digits) && digits.length <= MOST_DIGITS, "DIGITS_MALFORMED");
  const bytes = [];
  for (const group of digits.match(/.{1,17}/g)) {
    const count = BYTES[group.length];
    const value = BigInt(group);
    demand(count && value >> BigInt(8 * count) === 0n, "DIGITS_MALFORMED");
    for (let place = count - 1; place >= 0; place--) bytes.push(Number((value >> BigInt(8 * place)) & 255n));
  }
  return Uint8Array.from(bytes);
}

const REASON = "CLAIMS_MALFORMED";
const count = (value) => Number.isSafeInteger(value) && value >= 0;
const text = (value) => typeof value === "string" && value !== "";
const bytes = (length) => (value) => value instanceof Uint8Array && value.length === length;

/* Take the values of a map that has exactly these keys, each of its form. */
function members(map, form) {
  demand(map instanceof Map && map.size === form.length, REASON);
  return form.map(([key, fits]) => {
    const value = map.get(key);
    demand(fits === null ? value instanceof Map : fits(value), REASON);
    return value;
  });
}

/* Read a credential's bytes; nothing is judged but their form. */
export function parse(raw) {
  demand(raw.length <= LONGEST, "COSE_MALFORMED");
  const sealed = cose.parse(raw);
  demand(sealed.kid instanceof Uint8Array, "COSE_MALFORMED");
  const map = cbor.decode(sealed.payload);
  const named = map instanceof Map && map.has(169) ? [[169, null]] : [];
  const [issuer, expiresAt, issuedAt, cti, status, own, holder] = members(map, [
    [1, text], [4, count], [6, count], [7, bytes(16)], [65535, null], [-70001, null], ...named,
  ]);
  const [pointer] = members(status, [["status_list", null]]);
  const [statusIndex, statusUri] = members(pointer, [["idx", count], ["uri", text]]);
  const [unit, edition, , method, ledgerIndex] = members(own, [[1, text], [2, text], [3, bytes(32)], [4, count], [5, count]]);
  const [name] = holder ? members(holder, [[4, text]]) : [null];
  demand([1, 2, 3].includes(method) && utf8(edition).length <= 12, REASON);
  const claims = { issuer, expiresAt, issuedAt, cti, statusIndex, statusUri, name, unit, edition, method, ledgerIndex };
  return { claims, sealed };
}

/* Check signature and times; `now` in seconds. */
export async function verify({ claims, sealed }, keys, now) {
  await cose.verify(sealed, keys);
  demand(claims.issuedAt <= now + SKEW, "NOT_YET_VALID");
  demand(claims.expiresAt > now, "EXPIRED");
}

/* Return the credential's entry in the ledger. */
export const entry = async ({ sealed }) => concat(Uint8Array.of(1, 1), await digest(concat(PAYLOAD, sealed.signed)));

/* The certificate number: 80 bits of the id in Crockford base32, and a Luhn mod 32 check character. */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function checkLetter(letters) {
  const sum = letters.split("").reverse().reduce((total, letter, place) => {
    const value = LETTERS.indexOf(letter) * (place % 2 ? 1 : 2);
    return total + Math.floor(value / 32) + (value % 32);
  }, 0);
  return LETTERS[(32 - (sum % 32)) % 32];
}

/* Return the number of a credential's id as it is printed: 7K3M-XXXX-XXXX-XXXX-C. */
export function number(cti) {
  let bits = cti.slice(0, 10).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let letters = "";
  for (let place = 0; place < 16; place++, bits >>= 5n) letters = LETTERS[Number(bits & 31n)] + letters;
  return (letters + checkLetter(letters)).replace(/.{4}(?=.)/g, "$&-");
}
