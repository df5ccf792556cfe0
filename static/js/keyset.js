// The key set: the issuer's keys as a JWKS, a version that only grows, the ledger's key, and a signature (a compact JWS
// with a detached payload) over the RFC 8785 form of all other members.  Of a key it may say that it was lost and when, and
// which earlier key vouches for it.

import * as cose from "./cose.js";
import * as tlog from "./tlog.js";
import { concat, demand, digest, fromBase64, fromBase64url, fromUtf8, hex, once, Refusal, toBase64url, utf8 } from "./bytes.js";

const REASON = "KEYSET_MALFORMED";
const LONGEST = 65536; // bytes
const SUCCESSOR = "pakta/successor/v1\n";
const LOST = "compromised_at root size";
const ENDORSED = "endorsed_by endorsement";
const SAID = [LOST, ENDORSED, "compromised_at endorsed_by endorsement root size"];
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
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

/* Check the form of what a key set says of one of its keys. */
async function checkSaid(said) {
  demand(SAID.includes(Object.keys(said ?? 0).sort().join(" ")), REASON);
  const { compromised_at, size, root, endorsed_by, endorsement } = said;
  if (compromised_at !== undefined) {
    demand(isText(compromised_at) && MOMENT.test(compromised_at) && Number.isSafeInteger(size) && size >= 0, REASON);
    demand(fromBase64url(root, REASON).length === 32, REASON);
  }
  if (endorsed_by !== undefined) for (const each of [endorsed_by, endorsement]) demand(isText(each) && fromBase64url(each, REASON), REASON);
}

async function readKey(value) {
  const { pakta, ...jwk } = value ?? {};
  const { alg, crv, kid, kty, use, x, y } = members(jwk, "alg crv kid kty use x y");
  demand(alg === "ES256" && use === "sig", REASON);
  demand([x, y].every((part) => fromBase64url(part, "KEY_MALFORMED").length === 32), "KEY_MALFORMED");
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]).catch(() => {
    throw new Refusal("KEY_MALFORMED");
  });
  const point = [x, y].map((part) => fromBase64url(part, REASON));
  const id = hex((await digest(concat(SPKI, ...point))).subarray(0, 8));
  demand(isText(kid) && hex(fromBase64url(kid, REASON)) === id, REASON);
  if (pakta !== undefined) await checkSaid(pakta);
  return [id, { key, jwk: { crv, kty, x, y }, ...pakta }];
}

async function check(bytes, host, notBefore = 0) {
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
  const signer = hex(fromBase64url(kid, REASON));
  const all = [...known].map(([id, { key }]) => [id, key]);
  const sound = new Map(all.filter(([id]) => known.get(id).size === undefined));
  demand(alg === "ES256" && sound.has(signer), REASON);
  await cose.verifyES256(sound.get(signer), fromBase64url(mark, REASON), utf8(`${header}.${toBase64url(utf8(canonical(signed)))}`));
  return { version, iss, keys: new Map(all), sound, said: known, log, signer };
}

const checked = once(check);

/*
 * Check a key set that one of its own keys must have signed; one older than version `notBefore` is refused.
 *
 * keys, sound   its keys by their ids; without those that were lost
 * said          by their ids: {key, jwk} and what the set says of them
 */
export const verify = async (bytes, host, notBefore) => (notBefore ? check(bytes, host, notBefore) : checked(bytes, host));

/* Return the head before which a key was sound, {size, root}, or null where it was not lost. */
export function mark({ said }, kid) {
  const { size, root } = said.get(hex(kid)) ?? {};
  return size === undefined ? null : { size, root: fromBase64url(root, REASON) };
}

/* Say whether a key that is trusted vouches that the one of this id comes after it. */
async function isEndorsed({ iss, said }, id, trusted) {
  const { jwk, endorsed_by: by, endorsement } = said.get(id);
  const key = by && trusted.get(hex(fromBase64url(by, REASON)));
  if (!key) return false;
  const message = utf8(SUCCESSOR + canonical({ iss, by, key: jwk }));
  return cose.verifyES256(key, fromBase64url(endorsement, REASON), message).then(() => true, () => false);
}

/* Check that a key which `known` trusts signed the later set `found`, or vouches for the one that did. */
export async function verifyContinues(found, known) {
  const trusted = new Map(known.sound);
  while (!trusted.has(found.signer)) {
    const vouched = [];
    for (const [id, key] of found.keys) if (!trusted.has(id) && (await isEndorsed(found, id, trusted))) vouched.push([id, key]);
    demand(vouched.length, "KEYSET_UNVOUCHED");
    for (const [id, key] of vouched) trusted.set(id, key);
  }
}
