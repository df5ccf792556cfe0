// Printing slips: the PDF is saved, then the page says that they are printed and what comes next.
// Without this script the browser saves the PDF and stays where it is.

const ADDRESS = location.pathname;
const PDF = "application/pdf";

/* Save what was answered; the page stays, since nothing else holds the codes until the file is written. */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
}

/* Show the page as it is now, menu and all, without leaving it. */
function renew() {
  const asking = new XMLHttpRequest(); // it reads a page without making markup of a text, which our policy forbids
  asking.open("GET", ADDRESS);
  asking.responseType = "document";
  asking.onload = () => {
    for (const part of ["header", "main"]) document.querySelector(part).replaceWith(asking.response.querySelector(part));
    listen();
    document.getElementById("keadaan").focus();
  };
  asking.send();
}

async function print(event) {
  const form = event.currentTarget;
  event.preventDefault();
  const sent = new FormData(form);
  const button = form.querySelector("button");
  sent.append(button.name, button.value);
  button.disabled = true;
  const answer = await fetch(ADDRESS, { method: "POST", body: sent }).catch(() => null);
  if (!answer?.headers.get("Content-Type")?.startsWith(PDF)) {
    button.disabled = false;
    form.removeEventListener("submit", print);
    form.requestSubmit(button); // refused, or the answer was lost: the page that the server sends says which
    return;
  }
  save(await answer.blob(), /filename="(.+)"/.exec(answer.headers.get("Content-Disposition"))[1]);
  renew();
}

function listen() {
  document.getElementById("cetak")?.addEventListener("submit", print);
}

listen();
