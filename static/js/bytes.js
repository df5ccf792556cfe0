// Bytes, and the one error that checking raises: a Refusal with a word of the closed list (pakta/core/errors.py).

export class Refusal extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

export function demand(condition, reason) {
  if (!condition) throw new Refusal(reason);
}

export const utf8 = (text) => new TextEncoder().encode(text);

export const digest = async (bytes, name = "SHA-256") => new Uint8Array(await crypto.subtle.digest(name, bytes));

export const equal = (a, b) => a.length === b.length && a.every((value, at) => value === b[at]);

export const hex = (bytes) => Array.from(bytes, (value) => value.toString(16).padStart(2, "0")).join("");

export function fromUtf8(bytes, reason) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refusal(reason);
  }
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/* Return `check` so that it looks at the same bytes, on the same one further thing, once. */
export function once(check) {
  const answers = new WeakMap();
  return (bytes, by) => {
    if (!answers.has(bytes)) answers.set(bytes, new Map());
    const known = answers.get(bytes);
    if (!known.has(by)) known.set(by, check(bytes, by));
    return known.get(by);
  };
}

/* Decode base64 with padding; refuses every other spelling of the same bytes. */
export function fromBase64(text, reason) {
  let binary = "";
  try {
    binary = atob(text);
  } catch {
    throw new Refusal(reason);
  }
  demand(btoa(binary) === text, reason);
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/* Decode base64url without padding. */
export function fromBase64url(text, reason) {
  demand(typeof text === "string" && /^[\w-]*$/.test(text), reason);
  return fromBase64(text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat(-text.length & 3), reason);
}

export function toBase64url(bytes) {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}
