// The button that shows and hides a passphrase; without this script it stays hidden.

import { say } from "./say.js";

for (const button of document.querySelectorAll("[data-shows]")) {
  const field = document.getElementById(button.dataset.shows);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = shown ? say("Sembunyikan kata sandi") : say("Perlihatkan kata sandi");
  });
}
