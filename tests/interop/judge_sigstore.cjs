// Judge cases with @sigstore/verify (npm): read JSON, write for each why it is refused.  Runs in a throw-away folder.
//
// Its public Verifier checks an entry's place first, and then reads the entry as Rekor's JSON, which ours never is.  So
// the first half is asked by itself, `verifyTLogInclusion`, and the Verifier must come as far as the JSON and no further
// (docs/decisions/0035).  The log is trusted as Sigstore's clients do: by its address, its key's id, and its key.

const fs = require("node:fs");
const path = require("node:path");

const home = path.join(process.cwd(), "node_modules", "@sigstore");
const { toTrustMaterial, VerificationError, Verifier } = require(path.join(home, "verify"));
const { verifyTLogInclusion } = require(path.join(home, "verify", "dist", "tlog"));
const { verifyCheckpoint } = require(path.join(home, "verify", "dist", "tlog", "checkpoint"));
const { PublicKeyDetails } = require(path.join(home, "protobuf-specs"));

const SPKI = Buffer.from("302a300506032b6570032100", "hex"); // what stands before an Ed25519 key's 32 bytes

function trust(vkey) {
  const [name, id, encoded] = [...vkey.split("+", 2), vkey.split("+").slice(2).join("+")];
  const rawBytes = Buffer.concat([SPKI, Buffer.from(encoded, "base64").subarray(1)]);
  const keyId = { keyId: Buffer.from(id, "hex") };
  const log = {
    baseUrl: `https://${name}`,
    publicKey: { rawBytes, keyDetails: PublicKeyDetails.PKIX_ED25519 },
    logId: keyId,
    checkpointKeyId: keyId,
  };
  const none = { certificateAuthorities: [], timestampAuthorities: [], ctlogs: [] };
  return toTrustMaterial({ ...none, tlogs: [log] }, { log: { rawBytes } });
}

/* Show that the public way takes the place and stops at the entry: should it ever do otherwise, nothing is judged. */
function byThePublicWay(entry, material) {
  const entity = {
    signature: { verifySignature: () => false },
    key: { $case: "public-key", hint: "log" },
    tlogEntries: [{ ...entry, kindVersion: { kind: "pakta", version: "1" } }],
    timestamps: [],
  };
  try {
    new Verifier(material, { timestampThreshold: 0 }).verify(entity);
  } catch (error) {
    if (error instanceof SyntaxError && error.message.includes("JSON")) return;
    throw new Error(`the Verifier says something else: ${error}`);
  }
  throw new Error("the Verifier takes an entry that is no JSON");
}

function judge(given) {
  const bytes = (text) => Buffer.from(text, "base64");
  const inclusionProof = { checkpoint: { envelope: bytes(given.note).toString() } };
  if (given.op === "note") return verifyCheckpoint({ inclusionProof }, trust(given.vkey).tlogs);
  inclusionProof.logIndex = String(given.index);
  inclusionProof.hashes = given.path.map(bytes);
  const entry = { inclusionProof, canonicalizedBody: bytes(given.entry) };
  verifyTLogInclusion(entry, trust(given.vkey).tlogs);
  byThePublicWay(entry, trust(given.vkey));
}

function answer(given) {
  try {
    judge(given);
    return { refused: "" };
  } catch (error) {
    // A size that is no number ends in BigInt's SyntaxError: refused, though not in its own words.
    if (error instanceof VerificationError || error instanceof SyntaxError) return { refused: error.message };
    throw error;
  }
}

process.stdout.write(JSON.stringify(JSON.parse(fs.readFileSync(0, "utf8")).map(answer)));
