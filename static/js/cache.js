// What this phone keeps between visits, in the Cache API under the addresses of the server's own files.
// A certificate is never kept.  `?calon` marks what the worker fetched and no page has checked yet.

export const KEYS = "/.well-known/pakta-keys.json";
export const STATUS = "/s/0";
export const CHECKPOINT = "/log/checkpoint";
const FRESH = "?calon";

const opened = globalThis.caches?.open("pakta-data").catch(() => null);

async function read(path) {
  const answer = await (await opened)?.match(path);
  return answer ? new Uint8Array(await answer.arrayBuffer()) : null;
}

/* Return the kept copies of a file, the checked one first. */
export async function kept(path) {
  return (await Promise.all([read(path), read(path + FRESH)])).filter(Boolean);
}

export async function keep(path, bytes) {
  await (await opened)?.put(path, new Response(bytes)).catch(() => {}); // a full disk only costs the next visit time
}

/* Fetch a file of this server; throws where it does not answer. */
export async function fetched(path, signal) {
  const answer = await fetch(path, { signal, credentials: "omit", cache: "no-cache" });
  if (!answer.ok) throw new Error(String(answer.status));
  return new Uint8Array(await answer.arrayBuffer());
}

/* Return a tile, kept or fetched; without `signal` only a kept one. */
export async function tile(path, signal) {
  const bytes = await read(path);
  if (bytes || !signal) return bytes ?? Promise.reject(new Error("tile not kept"));
  const answer = await fetched(path, signal);
  await keep(path, answer);
  return answer;
}
