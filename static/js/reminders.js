// The button that copies the text for a group; without this script it is marked and copied by hand.

const text = document.getElementById("pesan");
const button = document.getElementById("salin");
const told = document.getElementById("disalin");

async function copy() {
  text.select();
  try {
    await navigator.clipboard.writeText(text.value);
    told.textContent = "Disalin. Tempelkan di grup.";
  } catch {
    told.textContent = "Peramban ini tidak menyalin sendiri. Teksnya sudah ditandai: salin, lalu tempelkan di grup.";
  }
}

/* The field is as tall as its text: on a phone the lines break more often, and what is cut is not read before it is sent. */
function fit() {
  text.style.height = "0";
  text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`;
}

fit();
window.addEventListener("resize", fit);
text.addEventListener("input", fit);
button.hidden = false;
button.addEventListener("click", copy);
