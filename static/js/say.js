// What scripts say: Indonesian as it stands in them; on an English page, the English that the page brought along.

const words = JSON.parse(document.querySelector("meta[name=kata]")?.content ?? "{}");

/* The part of this page's address that keeps it English, for the addresses to which scripts post and go. */
export const spoken = new URLSearchParams(location.search).get("bahasa") === "en" ? "?bahasa=en" : "";

export function say(text, values = {}) {
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (blank, name) => values[name] ?? blank);
}
