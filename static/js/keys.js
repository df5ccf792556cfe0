// The person's keys.  A device key is a P-256 key of WebCrypto that cannot be taken out of this browser;
// it is kept in IndexedDB, or on a kiosk in memory only.  A passkey lives in the authenticator.
// Neither signs anything but bytes that begin with one of PREFIXES, or a passkey those of a sign-in.

import { fromBase64url, sha256, toBase64url } from "./encoding.js";

const PREFIXES = ["pakta/statement/v1\n", "pakta/key/v1\n", "pakta/dispute/v1\n"];
const SIGN_IN = "pakta/sign-in/v1\n";
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const ECDSA = { name: "ECDSA", hash: "SHA-256" };
const STORE = "keys";

export class NoDeviceKey extends Error {
  name = "NoDeviceKey";
}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("pakta", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "thumbprint" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

async function inStore(mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const work = database.transaction(STORE, mode);
      const request = act(work.objectStore(STORE));
      work.oncomplete = () => resolve(request.result);
      work.onerror = () => reject(work.error);
      work.onabort = () => reject(work.error);
    });
  } finally {
    database.close();
  }
}

// RFC 7638: SHA-256 of the required members, in order, without spaces.
export async function thumbprintOf(jwk) {
  const text = JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
  return toBase64url(await sha256(new TextEncoder().encode(text)));
}

function checkPrefix(bytes) {
  const begins = (prefix) => [...prefix].every((letter, at) => bytes[at] === letter.charCodeAt(0));
  if (!PREFIXES.some(begins)) throw new Error("not something that a person's key may sign");
}

async function signBytes(privateKey, bytes) {
  checkPrefix(bytes);
  return new Uint8Array(await crypto.subtle.sign(ECDSA, privateKey, bytes));
}

// keep: true stores the key in this browser, false keeps it in memory until the page is left (kiosk)
export async function makeDeviceKey({ keep }) {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const jwk = { kty, crv, x, y };
  const thumbprint = await thumbprintOf(jwk);
  if (keep) {
    await inStore("readwrite", (store) => store.put({ thumbprint, privateKey: pair.privateKey, jwk, madeAt: Date.now() }));
    await navigator.storage?.persist?.().catch(() => false);
  }
  return { jwk, thumbprint, sign: (bytes) => signBytes(pair.privateKey, bytes) };
}

export async function hasDeviceKey(thumbprint) {
  try {
    return (await inStore("readonly", (store) => store.count(thumbprint))) > 0;
  } catch {
    return false;
  }
}

// Signs with the key of this thumbprint; gives the 64 bytes r‖s.
export async function signWithDeviceKey(thumbprint, bytes) {
  const kept = await inStore("readonly", (store) => store.get(thumbprint)).catch(() => undefined);
  if (!kept) throw new NoDeviceKey(thumbprint);
  return signBytes(kept.privateKey, bytes);
}

export async function forgetDeviceKey(thumbprint) {
  await inStore("readwrite", (store) => store.delete(thumbprint));
}

// Says whether this device can hold a passkey behind its screen lock.
export async function canHoldPasskey() {
  try {
    return await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable();
  } catch {
    return false;
  }
}

// options: as the server's JSON gives them; the answer is what the server's checks read.
export async function createPasskey(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: fromBase64url(options.challenge),
      user: { ...options.user, id: fromBase64url(options.user.id) },
      excludeCredentials: [],
    },
  });
  return {
    ...named(made),
    response: {
      clientDataJSON: toBase64url(made.response.clientDataJSON),
      attestationObject: toBase64url(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    },
  };
}

// Signs in.  What the server sends is hashed behind a prefix of its own, so that no server, whatever it sends, gets a
// signature here that could pass as one under a pact.
export async function askPasskey(options) {
  const text = Uint8Array.from([...new TextEncoder().encode(SIGN_IN), ...fromBase64url(options.challenge)]);
  const shown = await navigator.credentials.get({
    publicKey: {
      challenge: await sha256(text),
      timeout: options.timeout,
      rpId: options.rpId,
      allowCredentials: [],
      userVerification: "required",
    },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = shown.response;
  return {
    ...named(shown),
    response: {
      clientDataJSON: toBase64url(clientDataJSON),
      authenticatorData: toBase64url(authenticatorData),
      signature: toBase64url(signature),
      userHandle: userHandle ? toBase64url(userHandle) : null,
    },
  };
}

// An assertion whose challenge is the SHA-256 of the bytes; all members are Uint8Array.
export async function signWithPasskey(bytes, { rpId }) {
  checkPrefix(bytes);
  const shown = await navigator.credentials.get({
    publicKey: { challenge: await sha256(bytes), rpId, allowCredentials: [], userVerification: "required", timeout: 120000 },
  });
  return {
    authenticatorData: new Uint8Array(shown.response.authenticatorData),
    clientDataJSON: new Uint8Array(shown.response.clientDataJSON),
    signature: new Uint8Array(shown.response.signature),
    credentialId: new Uint8Array(shown.rawId),
  };
}

function named(credential) {
  return {
    id: credential.id,
    rawId: toBase64url(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
  };
}
