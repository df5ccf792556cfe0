// The account page: says which of the device keys are in this very browser.

import { hasDeviceKey } from "./keys.js";

for (const line of document.querySelectorAll("[data-device-key]")) {
  hasDeviceKey(line.dataset.deviceKey).then((here) => { line.hidden = !here; });
}
