// Judge cases with our own script, static/js/tlog.js, copied beside this file: read JSON, write why each is refused.

import fs from "node:fs";

import { Refusal } from "./js/bytes.js";
import { leafHash, verifyCheckpoint, verifyInclusion } from "./js/tlog.js";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

async function judge(given) {
  if (given.op === "note") return verifyCheckpoint(bytes(given.note), given.vkey);
  const head = given.op === "place" ? await verifyCheckpoint(bytes(given.note), given.vkey) : { size: given.size, root: bytes(given.root) };
  return verifyInclusion(await leafHash(bytes(given.entry)), given.index, head, given.path.map(bytes));
}

async function answer(given) {
  try {
    await judge(given);
    return { refused: "" };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.reason };
    throw error;
  }
}

const answers = [];
for (const given of JSON.parse(fs.readFileSync(0, "utf8"))) answers.push(await answer(given));
process.stdout.write(JSON.stringify(answers));
