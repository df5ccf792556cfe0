// Strict CBOR: only the deterministic form of RFC 8949 section 4.2.1, and of that only integers, bytes, text, arrays,
// maps with integer or text keys, false, true and null.  Maps become Map; integers past 2^53 become BigInt.

import { concat, demand, fromUtf8, utf8 } from "./bytes.js";

const REASON = "CBOR_MALFORMED";
const DEEPEST = 8;
const SIMPLE = { 20: false, 21: true, 22: null };

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(count) {
    demand(count <= this.bytes.length - this.at, REASON);
    this.at += count;
    return this.bytes.slice(this.at - count, this.at);
  }

  /* Return the major type and its argument, which must stand in its shortest form. */
  head() {
    const [first] = this.take(1);
    const short = first & 31;
    if (short < 24) return [first >> 5, short];
    demand(short < 28 && first >> 5 !== 7, REASON);
    const size = 1 << (short - 24);
    const value = this.take(size).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    demand(size === 1 ? value >= 24n : value >> BigInt(4 * size), REASON);
    return [first >> 5, value <= Number.MAX_SAFE_INTEGER ? Number(value) : value];
  }

  item(depth = 0) {
    demand(depth <= DEEPEST, REASON);
    const [major, argument] = this.head();
    if (major === 0) return argument;
    if (major === 1) return typeof argument === "bigint" ? -1n - argument : -1 - argument;
    if (major === 2) return this.take(argument);
    if (major === 3) return fromUtf8(this.take(argument), REASON);
    if (major === 7) demand(argument in SIMPLE, REASON);
    if (major === 7) return SIMPLE[argument];
    demand(major < 6 && argument <= this.bytes.length, REASON);
    if (major === 4) return Array.from({ length: argument }, () => this.item(depth + 1));
    return this.map(argument, depth);
  }

  map(count, depth) {
    const map = new Map();
    let before = null;
    for (let pair = 0; pair < count; pair++) {
      const start = this.at;
      const key = this.item(depth + 1);
      const form = this.bytes.subarray(start, this.at);
      demand(["number", "bigint", "string"].includes(typeof key) && (before === null || follows(form, before)), REASON);
      before = form;
      map.set(key, this.item(depth + 1));
    }
    return map;
  }
}

/* Say whether `a` comes after `b` in bytewise order: equal keys do not. */
function follows(a, b) {
  const at = a.findIndex((byte, place) => byte !== b[place]);
  return at >= 0 && (at >= b.length || a[at] > b[at]);
}

/* Decode exactly one item. */
export function decode(bytes) {
  const reader = new Reader(bytes);
  const item = reader.item();
  demand(reader.at === bytes.length, REASON);
  return item;
}

function head(major, length) {
  if (length < 24) return Uint8Array.of((major << 5) | length);
  if (length < 256) return Uint8Array.of((major << 5) | 24, length);
  if (length < 65536) return Uint8Array.of((major << 5) | 25, length >> 8, length & 255);
  return Uint8Array.of((major << 5) | 26, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255);
}

export const encodeBytes = (bytes) => concat(head(2, bytes.length), bytes);
export const encodeText = (text) => concat(head(3, utf8(text).length), utf8(text));
export const arrayHead = (count) => head(4, count);
