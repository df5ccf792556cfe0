// The QR's page in English: every text of the server's, in its place.

import { WORDS } from "./words-en.js";

/* Return a text in English, or as it is: a name, a number, an address. */
function inEnglish(text) {
  const [, before, said, after] = /^(\s*)(.*?)(\s*)$/s.exec(text);
  return before + (WORDS[said.replace(/\s+/g, " ")] ?? said) + after;
}

/* Put English into the page and into the template `words`; links stay in English. */
export function translate(words) {
  for (const root of [document.body, words]) {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.data = inEnglish(texts.currentNode.data);
    for (const each of root.querySelectorAll("[aria-label]")) each.setAttribute("aria-label", inEnglish(each.getAttribute("aria-label")));
    for (const link of root.querySelectorAll('a[href^="/"]')) link.search = "?bahasa=en";
  }
  const [nama, bahasa] = ["nama", "bahasa"].map((id) => document.getElementById(id));
  nama.dataset.tanpaNama = inEnglish(nama.dataset.tanpaNama);
  bahasa.lang = bahasa.hreflang = "id";
  document.documentElement.lang = "en";
  document.title = document.title.split(" · ").map(inEnglish).join(" · ");
  return true;
}
