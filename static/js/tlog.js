// The ledger: C2SP signed notes and checkpoints, an entry's place in the tree (RFC 9162), and paths read from tiles.

import { concat, demand, digest, equal, fromBase64, fromUtf8, hex, once, Refusal, utf8 } from "./bytes.js";

const TILE = 256; // hashes in a full tile
const LONGEST = 1000000; // bytes of a note
const NAME = /^[^\p{White_Space}+]+$/u;

/* Read a C2SP verifier key: NAME+HEX8+BASE64. */
export async function parseKey(text) {
  const [, name, id, encoded] = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(text) ?? [];
  demand(NAME.test(name ?? ""), "VKEY_MALFORMED");
  const material = fromBase64(encoded, "VKEY_MALFORMED");
  demand(material.length === 33 && material[0] === 1, "VKEY_MALFORMED");
  demand(id === hex((await digest(concat(utf8(`${name}\n`), material))).subarray(0, 4)), "VKEY_MALFORMED");
  return { name, id, key: material.subarray(1) };
}

/* Check an Ed25519 signature by the platform, or by our own code where the platform has none. */
export async function isSigned(key, signature, message) {
  try {
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, signature, message);
  } catch {
    return (await import("./ed25519.js")).verify(key, signature, message);
  }
}

function parseSignature(line) {
  const [, name, encoded] = /^\u2014 ([^ ]*) ([^ ]*)$/.exec(line) ?? [];
  demand(NAME.test(name ?? ""), "NOTE_MALFORMED");
  const data = fromBase64(encoded, "NOTE_MALFORMED");
  demand(data.length >= 5, "NOTE_MALFORMED");
  return { name, id: hex(data.subarray(0, 4)), signature: data.subarray(4) };
}

/* Read a signed note, nothing of which is to be believed yet: its text, and a finder of the signatures that claim to be of a key. */
export function parseNote(bytes) {
  const note = fromUtf8(bytes, "NOTE_MALFORMED");
  const end = note.lastIndexOf("\n\n");
  demand(end >= 0 && bytes.length <= LONGEST && note.endsWith("\n") && !/[\0-\t\v-\x1f]/.test(note), "NOTE_MALFORMED");
  const lines = note.slice(end + 2).split("\n").slice(0, -1);
  demand(lines.length >= 1 && lines.length <= 100, "NOTE_MALFORMED");
  const signatures = lines.map(parseSignature);
  const signaturesOf = (known) => signatures.filter(({ name, id }) => name === known.name && id === known.id).map(({ signature }) => signature);
  return { text: note.slice(0, end + 1), signaturesOf };
}

/* Return the text of a signed note after checking its signature under a verifier key. */
async function verifyNote(bytes, vkey) {
  const known = await parseKey(vkey);
  const { text, signaturesOf } = parseNote(bytes);
  const own = signaturesOf(known);
  demand(own.length, "NOTE_UNSIGNED");
  for (const signature of own) demand(await isSigned(known.key, signature, utf8(text)), "NOTE_SIGNATURE");
  return text;
}

function parseCheckpoint(text) {
  const lines = text.split("\n");
  const [origin, size, root] = lines;
  demand(lines.length >= 4 && lines.pop() === "" && lines.every(Boolean), "CHECKPOINT_MALFORMED");
  demand(/^(0|[1-9][0-9]{0,14})$/.test(size), "CHECKPOINT_MALFORMED");
  const hash = fromBase64(root, "CHECKPOINT_MALFORMED");
  demand(hash.length === 32, "CHECKPOINT_MALFORMED");
  return { origin, size: Number(size), root: hash };
}

export const verifyCheckpoint = once(async (note, vkey) => parseCheckpoint(await verifyNote(note, vkey)));

/* Read a checkpoint without judging its signature. */
export function readCheckpoint(bytes) {
  const note = fromUtf8(bytes, "NOTE_MALFORMED");
  return parseCheckpoint(note.slice(0, note.lastIndexOf("\n\n") + 1));
}

export const leafHash = (entry) => digest(concat(Uint8Array.of(0), entry));
const nodeHash = (left, right) => digest(concat(Uint8Array.of(1), left, right));
const half = (value) => Math.floor(value / 2);

/* Check that `leaf` stands at `index` in the tree with this size and root; `path` leads from the leaf up. */
export async function verifyInclusion(leaf, index, { size, root }, path) {
  demand(Number.isSafeInteger(index) && 0 <= index && index < size, "INDEX_OUTSIDE");
  demand([leaf, root, ...path].every((hash) => hash.length === 32), "HASH_LENGTH");
  let [node, last, found] = [index, size - 1, leaf];
  for (const sibling of path) {
    demand(last > 0, "PATH_LENGTH");
    if (node % 2 || node === last) {
      found = await nodeHash(sibling, found);
      while (node % 2 === 0 && node) [node, last] = [half(node), half(last)];
    } else {
      found = await nodeHash(found, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  demand(last === 0, "PATH_LENGTH");
  demand(equal(found, root), "ROOT_DIFFERS");
}

/* Return the address of a tile: 1234067 is x001/x234/067, with ".p/W" where the tile is not full. */
export function tilePath(level, index, width) {
  let path = String(index % 1000).padStart(3, "0");
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, "0")}/${path}`;
  }
  return `/log/tile/${level}/${path}${width < TILE ? `.p/${width}` : ""}`;
}

/* Return the largest power of two below `count`. */
function split(count) {
  let size = 1;
  while (size * 2 < count) size *= 2;
  return size;
}

async function rootOf(hashes) {
  let row = hashes;
  while (row.length > 1) {
    row = await Promise.all(Array.from({ length: row.length / 2 }, (_, at) => nodeHash(row[2 * at], row[2 * at + 1])));
  }
  return row[0];
}

/*
 * Return the leaf's path, read from tiles that are shown to lead to the root; `read(address)` gives a tile's bytes.  They
 * are those of the tree when it had `served` entries, which hold those of every smaller one.
 */
export async function pathFromTiles(index, { size, root }, read, served = size) {
  const tiles = new Map();

  /* Return the hash of the full subtree of 2**height leaves that begins at leaf `low`. */
  async function whole(low, height) {
    const level = Math.floor(height / 8);
    const first = low / TILE ** level;
    const at = Math.floor(first / TILE);
    const width = Math.min(TILE, Math.floor(served / TILE ** level) - at * TILE);
    const address = tilePath(level, at, width);
    if (!tiles.has(address)) tiles.set(address, read(address));
    const data = await tiles.get(address);
    demand(data.length === 32 * width, "TILE_MALFORMED");
    const start = first % TILE;
    return rootOf(Array.from({ length: 2 ** (height - 8 * level) }, (_, step) => data.subarray(32 * (start + step), 32 * (start + step + 1))));
  }

  async function range(low, high) {
    const height = Math.log2(high - low);
    if (Number.isInteger(height)) return whole(low, height);
    const middle = low + split(high - low);
    return nodeHash(...(await Promise.all([range(low, middle), range(middle, high)])));
  }

  const ranges = [];
  for (let [low, high] = [0, size]; high - low > 1; ) {
    const middle = low + split(high - low);
    ranges.push(index < middle ? [middle, high] : [low, middle]);
    [low, high] = index < middle ? [low, middle] : [middle, high];
  }
  const [leaf, ...path] = await Promise.all([whole(index, 0), ...ranges.reverse().map(([low, high]) => range(low, high))]);
  await verifyInclusion(leaf, index, { size, root }, path);
  return path;
}
