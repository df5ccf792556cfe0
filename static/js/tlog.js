// The ledger: C2SP signed notes and checkpoints, tiles, and an entry's place in the tree (RFC 6962; docs/ledger.md).

import { concat, demand, digest, equal, fromBase64, Refusal, utf8 } from "./bytes.js";

const TILE = 256; // hashes in a full tile

/* Check an Ed25519 signature by the platform, or by our own code where the platform has none. */
async function signed(key, signature, message) {
  try {
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, signature, message);
  } catch {
    const own = await import("./ed25519.js");
    return own.verify(key, signature, message);
  }
}

/* Check a signed note under a C2SP verifier key; return its text. */
export async function openNote(note, vkey) {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? [];
  demand(encoded, "NOTE_KEY");
  const material = fromBase64(encoded, "NOTE_KEY");
  demand(material.length === 33 && material[0] === 1, "NOTE_KEY");
  const end = note.indexOf("\n\n");
  demand(end >= 0 && note.endsWith("\n"), "NOTE_FORM");
  const text = note.slice(0, end + 1);
  for (const line of note.slice(end + 2, -1).split("\n")) {
    const [, signer, value] = /^— (\S+) (\S+)$/.exec(line) ?? [];
    demand(value, "NOTE_FORM");
    const signature = fromBase64(value, "NOTE_FORM");
    const hint = signature.subarray(0, 4).reduce((sum, byte) => sum + byte.toString(16).padStart(2, "0"), "");
    if (signer !== name || hint !== id) continue;
    demand(await signed(material.subarray(1), signature.subarray(4), utf8(text)), "NOTE_SIGNATURE");
    return text;
  }
  throw new Refusal("NOTE_UNSIGNED");
}

/* Check a checkpoint; return its size and root. */
export async function openCheckpoint(note, { origin, vkey }) {
  const [name, size, root] = (await openNote(note, vkey)).split("\n");
  demand(name === origin && /^(0|[1-9][0-9]{0,14})$/.test(size), "CHECKPOINT_FORM");
  const hash = fromBase64(root ?? "", "CHECKPOINT_FORM");
  demand(hash.length === 32, "CHECKPOINT_FORM");
  return { size: Number(size), root: hash };
}

export const leafHash = (entry) => digest(concat(Uint8Array.of(0), entry));
const nodeHash = (left, right) => digest(concat(Uint8Array.of(1), left, right));

/* Return the path of a tile's file: 1234067 is x001/x234/067, with ".p/W" where it is not full. */
export function tilePath(level, index, width) {
  let path = String(index % 1000).padStart(3, "0");
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, "0")}/${path}`;
  }
  return `/log/tile/${level}/${path}${width < TILE ? `.p/${width}` : ""}`;
}

/* List all tiles of a tree of `size` leaves. */
export function tilePaths(size) {
  const paths = [];
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE)) {
    for (let at = 0; at < count; at += TILE) paths.push(tilePath(level, at / TILE, Math.min(TILE, count - at)));
  }
  return paths;
}

/* Return the largest power of two below `count`. */
function split(count) {
  let half = 1;
  while (half * 2 < count) half *= 2;
  return half;
}

/* A tree whose hashes are read from tiles; `read(path)` gives a tile's bytes. */
class Tree {
  constructor(size, read) {
    this.size = size;
    this.read = read;
    this.tiles = new Map();
  }

  async tile(level, index) {
    const count = Math.floor(this.size / TILE ** level);
    const width = Math.min(TILE, count - index * TILE);
    const path = tilePath(level, index, width);
    if (!this.tiles.has(path)) this.tiles.set(path, this.read(path));
    const data = await this.tiles.get(path);
    demand(data.length === 32 * width, "TILE_LENGTH");
    return data;
  }

  /* Return the hash of the whole subtree of 2**height leaves that begins at leaf `low`. */
  async whole(low, height) {
    const level = Math.floor(height / 8);
    const first = low / TILE ** level;
    const data = await this.tile(level, Math.floor(first / TILE));
    let hashes = [];
    for (let at = 0; at < 2 ** (height - 8 * level); at++) {
      const place = 32 * ((first % TILE) + at);
      hashes.push(data.subarray(place, place + 32));
    }
    while (hashes.length > 1) {
      const pairs = [];
      for (let at = 0; at < hashes.length; at += 2) pairs.push(nodeHash(hashes[at], hashes[at + 1]));
      hashes = await Promise.all(pairs);
    }
    return hashes[0];
  }

  /* Return the hash of leaves low to high; with `index` inside, its own hash is taken as `leaf`. */
  async range(low, high, index, leaf) {
    if (high - low === 1 && index === low) return leaf;
    const inside = index >= low && index < high;
    const height = Math.log2(high - low);
    if (!inside && Number.isInteger(height)) return this.whole(low, height);
    const middle = low + split(high - low);
    return nodeHash(...(await Promise.all([this.range(low, middle, index, leaf), this.range(middle, high, index, leaf)])));
  }
}

/* Check the tiles on the way from leaf `index` to the checkpoint's root; return the leaf's hash that stands there. */
export async function leafAt(index, { size, root }, read) {
  demand(index < size, "INDEX_OUTSIDE");
  const tree = new Tree(size, read);
  const leaf = await tree.whole(index, 0);
  demand(equal(await tree.range(0, size, index, leaf), root), "ROOT_DIFFERS");
  return leaf;
}
