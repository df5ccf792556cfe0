// Posting JSON to our own server, and telling apart a refusal from a reply that never came.

import { spoken } from "./say.js";

const REPLY_LIMIT = 20000; // milliseconds

export class Refused extends Error {
  constructor(status, { reason = `HTTP_${status}`, message = "" } = {}) {
    super(message);
    this.name = "Refused";
    this.status = status;
    this.reason = reason;
  }
}

// The server may or may not have stored what was sent.
export class ReplyLost extends Error {
  name = "ReplyLost";
}

/* Say whether a failure leaves open what was stored; a refusal with a word of its own says that nothing was. */
const isUnsure = (reason = "HTTP_") => reason.startsWith("HTTP_") || reason === "STORAGE_UNSURE";

export async function post(address, body) {
  const token = document.querySelector("meta[name=csrf-token]").content;
  let reply, told;
  try {
    reply = await fetch(address + spoken, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout?.(REPLY_LIMIT),
    });
    told = await reply.json();
  } catch (error) {
    throw new ReplyLost(String(error));
  }
  if (reply.status >= 500 && isUnsure(told.reason)) throw new ReplyLost(told.reason);
  if (!reply.ok) throw new Refused(reply.status, told);
  return told;
}
