// The summary of what went wrong, which stands hidden at the top of a page until it is needed.

const box = document.getElementById("gagal");

export function clear() {
  box.hidden = true;
}

// What browsers call what went wrong, in codes of ours.
const CODES = { NotSupportedError: "SCREEN_LOCK_MISSING", NotAllowedError: "SCREEN_LOCK_CLOSED", AbortError: "SCREEN_LOCK_CLOSED", NoDeviceKey: "DEVICE_KEY_MISSING" };
const ours = (code) => CODES[code] ?? (/Error$/.test(code) ? "BROWSER_REFUSED" : code);

// offers: ids of the links inside the box that are shown with this problem
export function show(title, sentence, code, offers = []) {
  document.getElementById("gagal-judul").textContent = title;
  document.getElementById("gagal-kalimat").textContent = sentence;
  document.getElementById("gagal-kode").textContent = ours(code);
  for (const offer of box.querySelectorAll("[data-offer]")) offer.hidden = !offers.includes(offer.dataset.offer);
  box.hidden = false;
  box.focus();
}
