// Judge cases with @sigstore/verify (npm): read JSON, write for each why it is refused.  Runs in a throw-away folder.
//
// Its public Verifier takes Sigstore bundles only, whose entries are Rekor's JSON; the part of it that knows checkpoints
// and proofs, `verifyTLogInclusion`, takes any entry.  The log is trusted as Sigstore's clients do: by its address,
// the first bytes of its key id, and its key.

const fs = require("node:fs");
const path = require("node:path");

const home = path.join(process.cwd(), "node_modules", "@sigstore");
const { toTrustMaterial, VerificationError } = require(path.join(home, "verify"));
const { verifyTLogInclusion } = require(path.join(home, "verify", "dist", "tlog"));
const { verifyCheckpoint } = require(path.join(home, "verify", "dist", "tlog", "checkpoint"));
const { PublicKeyDetails } = require(path.join(home, "protobuf-specs"));

const SPKI = Buffer.from("302a300506032b6570032100", "hex"); // what stands before an Ed25519 key's 32 bytes

function authorities(vkey) {
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
  return toTrustMaterial({ ...none, tlogs: [log] }, {}).tlogs;
}

function judge(given) {
  const bytes = (text) => Buffer.from(text, "base64");
  const inclusionProof = { checkpoint: { envelope: bytes(given.note).toString() } };
  if (given.op === "note") return verifyCheckpoint({ inclusionProof }, authorities(given.vkey));
  inclusionProof.logIndex = String(given.index);
  inclusionProof.hashes = given.path.map(bytes);
  return verifyTLogInclusion({ inclusionProof, canonicalizedBody: bytes(given.entry) }, authorities(given.vkey));
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
