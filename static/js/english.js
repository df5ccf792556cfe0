// The QR's page in English: every text that the server wrote into it, in its place.  Loaded only where the address asks for it.

import { WORDS } from "./words-en.js";

const LABELS = ["aria-label", "data-tanpa-nama"];

/* Return a text in English, or as it is where there is nothing to translate: a name, a number, an address. */
function inEnglish(text) {
  const [, before, said, after] = /^(\s*)(.*?)(\s*)$/s.exec(text);
  return before + (WORDS[said.replace(/\s+/g, " ")] ?? said) + after;
}

/* Put English into the page and into the template `words`, and let its links stay in English. */
export function translate(words) {
  for (const root of [document.body, words]) {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.data = inEnglish(texts.currentNode.data);
    for (const name of LABELS) {
      for (const each of root.querySelectorAll(`[${name}]`)) each.setAttribute(name, inEnglish(each.getAttribute(name)));
    }
    for (const link of root.querySelectorAll('a[href^="/"]')) link.search = "?bahasa=en";
  }
  const other = document.getElementById("bahasa"); // leads back
  other.lang = other.hreflang = "id";
  document.documentElement.lang = "en";
  document.title = document.title.split(" · ").map(inEnglish).join(" · ");
  return true;
}
