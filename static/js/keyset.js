// The key set: the issuer's keys as a JWKS, a version that only grows, the ledger's key, and a signature (a compact JWS
// with a detached payload) over the RFC 8785 form of all other members.

import * as cose from "./cose.js";
import * as tlog from "./tlog.js";
import { concat, demand, digest, fromBase64, fromBase64url, fromUtf8, hex, Refusal, toBase64url, utf8 } from "./bytes.js";

const REASON = "KEYSET_MALFORMED";
const LONGEST = 65536; // bytes
const SPKI = fromBase64("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", REASON); // what stands before a P-256 point

/* Return the RFC 8785 form of JSON data. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}

/* Read a JSON object with exactly these members, canonical to the byte. */
function object(bytes, names) {
  const text = fromUtf8(bytes, REASON);
  let value = null;
  try {
    value = JSON.parse(text);
    demand(canonical(value) === text, REASON);
  } catch {
    throw new Refusal(REASON);
  }
  return members(value, names);
}

function members(value, names) {
  demand(value && Object.keys(value).sort().join(" ") === names, REASON);
  return value;
}

const isText = (value) => typeof value === "string" && value !== "";

async function readKey(jwk) {
  const { alg, crv, kid, kty, use, x, y } = members(jwk, "alg crv kid kty use x y");
  demand(alg === "ES256" && use === "sig", REASON);
  demand([x, y].every((part) => fromBase64url(part, "KEY_MALFORMED").length === 32), "KEY_MALFORMED");
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]).catch(() => {
    throw new Refusal("KEY_MALFORMED");
  });
  const point = [x, y].map((part) => fromBase64url(part, REASON));
  const id = hex((await digest(concat(SPKI, ...point))).subarray(0, 8));
  demand(isText(kid) && hex(fromBase64url(kid, REASON)) === id, REASON);
  return [id, key];
}

/* Check a key set that one of its own keys must have signed; one older than version `notBefore` is refused. */
export async function verify(bytes, host, notBefore) {
  demand(bytes.length <= LONGEST, REASON);
  const { signature, ...signed } = object(bytes, "iss issued_at keys log signature version witness_policy");
  const { iss, issued_at, keys, log, version, witness_policy } = signed;
  demand(Array.isArray(keys) && keys.length && witness_policy === null, REASON);
  demand(Number.isSafeInteger(version) && version >= 1 && [iss, issued_at, signature].every(isText), REASON);
  demand(isText(members(log, "origin vkey").origin) && isText(log.vkey), REASON);
  await tlog.parseKey(log.vkey);
  const known = new Map(await Promise.all(keys.map(readKey)));
  demand(known.size === keys.length, REASON);
  demand(iss === host, "KEYSET_OTHER");
  demand(version >= notBefore, "KEYSET_ROLLED_BACK");
  const [header, empty, mark, ...more] = signature.split(".");
  demand(mark !== undefined && empty === "" && !more.length, REASON);
  const { alg, kid } = object(fromBase64url(header, REASON), "alg kid");
  const key = known.get(hex(fromBase64url(kid, REASON)));
  demand(alg === "ES256" && key, REASON);
  await cose.verifyES256(key, fromBase64url(mark, REASON), utf8(`${header}.${toBase64url(utf8(canonical(signed)))}`));
  return { version, keys: known, log, signer: hex(fromBase64url(kid, REASON)) };
}
