// Read QR codes with jsQR (npm): takes the PGM files of a folder, writes what each says, or null.  Runs in a throw-away
// folder.

const fs = require("node:fs");
const path = require("node:path");
const jsQR = require(path.join(process.cwd(), "node_modules", "jsqr"));

function read(file) {
  const data = fs.readFileSync(file);
  const [, width, height] = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(data.subarray(0, 40).toString("latin1")).map(Number);
  const grey = data.subarray(data.length - width * height);
  const pixels = new Uint32Array(width * height);
  for (let at = 0; at < pixels.length; at++) pixels[at] = 0xff000000 + grey[at] * 0x010101;
  return jsQR(new Uint8ClampedArray(pixels.buffer), width, height, { inversionAttempts: "dontInvert" })?.data ?? null;
}

const [folder] = process.argv.slice(2);
const names = fs.readdirSync(folder).sort();
process.stdout.write(JSON.stringify(Object.fromEntries(names.map((name) => [name, read(path.join(folder, name))]))));
