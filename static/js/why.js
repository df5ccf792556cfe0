// When and why a certificate was revoked or suspended.  Loaded only where one was.

const CHANGES = "/s/0/alasan";
const LIMIT = 1500; // milliseconds until the kept one is read

/*
 * Return what the public list says of the certificate at `index` with this status: {on, class}, or undefined.  The list is
 * fetched whole, so that asking tells nobody which one is looked for.  Unless `ask`, or where no answer comes in time, the
 * one kept last is read.  `cache` is that module: importing it here would load it a second time.
 */
export async function why({ fetched, keep, kept }, index, status, ask) {
  const bytes = (ask && (await fetched(CHANGES, AbortSignal.timeout?.(LIMIT)).catch(() => null))) || (await kept(CHANGES));
  const { changes } = JSON.parse(new TextDecoder().decode(bytes));
  keep(CHANGES, bytes);
  for (const [of, reason, on, steps] of changes) {
    let at = 0;
    if (of === status && steps.some((step) => (at += step) === index)) return { on, class: reason };
  }
}
