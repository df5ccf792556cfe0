// Ed25519 verification after RFC 8032 section 5.1.7, for browsers whose WebCrypto has none (Chrome before 137).
// Not constant-time: it handles public values only.

import { concat, digest, equal } from "./bytes.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

const mod = (a) => ((a % P) + P) % P;
const little = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

function power(base, exponent) {
  let result = 1n;
  for (; exponent > 0n; exponent >>= 1n, base = (base * base) % P) if (exponent & 1n) result = (result * base) % P;
  return result;
}

const inverse = (a) => power(mod(a), P - 2n);
const D = mod(-121665n * inverse(121666n));
const ROOT_OF_MINUS_1 = power(2n, (P - 1n) / 4n);

/* Add two points in extended coordinates (RFC 8032 section 5.1.4). */
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = ((y1 - x1) * (y2 - x2)) % P;
  const b = ((y1 + x1) * (y2 + x2)) % P;
  const c = (2n * D * ((t1 * t2) % P)) % P;
  const d = (2n * z1 * z2) % P;
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

/* Return [s]B + [k]A, both walked in one ladder. */
function combine(s, B, k, A) {
  const both = add(A, B);
  let sum = [0n, 1n, 1n, 0n];
  for (let bit = 252n; bit >= 0n; bit--) {
    sum = add(sum, sum);
    const [inS, inK] = [(s >> bit) & 1n, (k >> bit) & 1n];
    if (inS || inK) sum = add(sum, inS && inK ? both : inS ? B : A);
  }
  return sum;
}

/* Decode a point, or return null where the bytes are none (RFC 8032 section 5.1.3). */
function decode(bytes) {
  const value = little(bytes);
  const sign = value >> 255n;
  const y = value & (2n ** 255n - 1n);
  if (y >= P) return null;
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * v ** 3n * power(mod(u * v ** 7n), (P - 5n) / 8n));
  if (mod(v * x * x) === mod(-u)) x = mod(x * ROOT_OF_MINUS_1);
  if (mod(v * x * x) !== u || (x === 0n && sign)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

function encode([x, y, z]) {
  const inverted = inverse(z);
  let value = mod(y * inverted) | ((mod(x * inverted) & 1n) << 255n);
  return Uint8Array.from({ length: 32 }, () => {
    const byte = Number(value & 255n);
    value >>= 8n;
    return byte;
  });
}

const BASE = decode(Uint8Array.from({ length: 32 }, (_, at) => (at ? 0x66 : 0x58)));

/* Say whether `signature` (64 bytes) by `key` (32 bytes) over `message` holds. */
export async function verify(key, signature, message) {
  const A = decode(key);
  const R = signature.subarray(0, 32);
  const s = little(signature.subarray(32));
  if (key.length !== 32 || signature.length !== 64 || A === null || s >= L) return false;
  const k = little(await digest(concat(R, key, message), "SHA-512")) % L;
  const [x, y, z, t] = A;
  return equal(encode(combine(s, BASE, k, [P - x, y, z, P - t])), R);
}
