// The key set: a JWKS with the ledger's key, a version that only grows, and a signature (a detached compact JWS) over
// its RFC 8785 form.

import { demand, fromBase64url, hex, Refusal, utf8 } from "./bytes.js";

const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/* Return the RFC 8785 form of plain JSON data. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}

function base64url(text) {
  const binary = Array.from(utf8(text), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

function parse(text, reason) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(reason);
  }
}

/* Check a key set; return its keys by the hex of their kid, its version and its ledger. */
export async function open(text) {
  const set = parse(text, "KEY_SET_MALFORMED");
  demand(set && Array.isArray(set.keys) && Number.isSafeInteger(set.version) && set.log, "KEY_SET_MALFORMED");
  const { signature, ...signed } = set;
  const keys = new Map();
  for (const { kid, kty, crv, x, y, pakta } of set.keys) {
    const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, ES256, false, ["verify"]);
    keys.set(hex(fromBase64url(kid, "KEY_SET_MALFORMED")), Object.assign(key, { compromised: pakta }));
  }
  const [header, empty, mark, ...more] = String(signature).split(".");
  demand(mark && empty === "" && !more.length, "KEY_SET_SIGNATURE");
  const bytes = (part) => fromBase64url(part, "KEY_SET_SIGNATURE");
  const { alg, kid } = parse(new TextDecoder().decode(bytes(header)), "KEY_SET_SIGNATURE") ?? {};
  const key = alg === "ES256" && keys.get(hex(bytes(kid)));
  demand(key, "KEY_SET_SIGNATURE");
  const good = await crypto.subtle.verify(ES256, key, bytes(mark), utf8(`${header}.${base64url(canonical(signed))}`));
  demand(good, "KEY_SET_SIGNATURE");
  return { host: set.iss, version: set.version, keys, log: set.log };
}
