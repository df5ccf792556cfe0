// Judge credentials with cose-js, @auth0/cose or cose-kit (npm), whichever is named: read JSON, write why each is
// refused.  Runs in a throw-away folder.

const fs = require("node:fs");
const path = require("node:path");
const { createPublicKey } = require("node:crypto");

const [name] = process.argv.slice(2);
const home = path.join(process.cwd(), "node_modules", name);
const bytes = (text) => Buffer.from(text, "base64url");

/* Each gives a function that throws, or answers false, for what it refuses. */
const LIBRARIES = {
  async "cose-js"({ x, y }) {
    const cose = require(home);
    const verifier = { key: { x: bytes(x), y: bytes(y) } };
    return (raw) => cose.sign.verify(raw, verifier).then(() => true);
  },
  async "@auth0/cose"(jwk) {
    const { Sign1 } = require(home);
    const key = createPublicKey({ key: jwk, format: "jwk" });
    return (raw) => Sign1.decode(raw).verify(key).then(() => true);
  },
  async "cose-kit"(jwk) {
    const { coseVerify } = require(home);
    const key = createPublicKey({ key: jwk, format: "jwk" });
    return async (raw) => (await coseVerify(raw, key)).isValid === true;
  },
};

async function main() {
  const { jwk, credentials } = JSON.parse(fs.readFileSync(0, "utf8"));
  const judge = await LIBRARIES[name](jwk);
  const answers = [];
  for (const each of credentials) {
    try {
      answers.push((await judge(bytes(each))) ? "" : "refused");
    } catch (error) {
      answers.push(`${error.name}: ${error.message}`.slice(0, 200));
    }
  }
  process.stdout.write(JSON.stringify(answers));
}

main();
