// The reading page: choose the key that is at hand, and keep a double tap from posting twice.

import { hasDeviceKey } from "./keys.js";

const form = document.getElementById("baca");
const field = form.elements.kunci;
const button = form.querySelector("button[type=submit]");

async function chooseKey() {
  const device = (field.dataset.deviceKeys || "").split(" ").filter(Boolean);
  for (const thumbprint of device) {
    if (await hasDeviceKey(thumbprint)) {
      field.value = thumbprint;
      return;
    }
  }
  const others = field.dataset.keys.split(" ").filter((key) => key && !device.includes(key));
  if (!others.includes(field.value)) field.value = others.at(-1) ?? "";
  if (field.value === "") cannotSignHere();
}

// Said before the text is read and ticked, not after.
function cannotSignHere() {
  document.getElementById("kunci-di-tempat-lain").hidden = false;
  button.hidden = true;
  for (const tick of form.querySelectorAll("label.tick")) tick.hidden = true;
}

form.addEventListener("submit", () => {
  button.setAttribute("aria-disabled", "true");
  setTimeout(() => { button.disabled = true; }, 0);
});
window.addEventListener("pageshow", () => {
  button.disabled = false;
  button.removeAttribute("aria-disabled");
});

chooseKey();
