// The summary of what went wrong, which stands hidden at the top of a page until it is needed.

const box = document.getElementById("gagal");

export function clear() {
  box.hidden = true;
}

// offers: ids of the links inside the box that are shown with this problem
export function show(title, sentence, code, offers = []) {
  document.getElementById("gagal-judul").textContent = title;
  document.getElementById("gagal-kalimat").textContent = sentence;
  document.getElementById("gagal-kode").textContent = code;
  for (const offer of box.querySelectorAll("[data-offer]")) offer.hidden = !offers.includes(offer.dataset.offer);
  box.hidden = false;
  box.focus();
}
