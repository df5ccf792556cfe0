// A camera that looks for QR codes.  The browser reads them itself where it can (BarcodeDetector); else small grey
// frames go to our server, which reads and forgets them.  The camera is on only while a person wants it.

import { spoken } from "./say.js";

const PACE = 700; // milliseconds between two frames that are sent
const LOOK = 150; // milliseconds between two looks of the browser's own reader
const BUSY = 2500; // milliseconds to wait where all readers of the server are taken
const REPLY = 8000; // milliseconds
const MOST_LOST = 4; // answers that may stay away in a row
const SIDE = 640; // pixels of a frame that is sent
const LOOKING = 60_000; // milliseconds until the camera is switched off by itself

const wait = (time) => new Promise((done) => { setTimeout(done, time); });

/* A reason to stop that is told: `name` is the id of a message of the page, `said` a sentence of the server. */
export class Stopped extends Error {
  constructor(name, said = "") {
    super(name);
    this.name = name;
    this.said = said;
  }
}

export async function ownReader() {
  try {
    const formats = await globalThis.BarcodeDetector.getSupportedFormats();
    return formats.includes("qr_code") ? new globalThis.BarcodeDetector({ formats: ["qr_code"] }) : null;
  } catch {
    return null;
  }
}

export async function open(video) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Stopped("tidak-ada");
  const wanted = { video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } }, audio: false };
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    throw new Stopped({ NotAllowedError: "ditolak", SecurityError: "ditolak", NotReadableError: "terpakai", AbortError: "terpakai" }[error.name] ?? "tidak-ada");
  }
  video.srcObject = stream;
  return stream;
}

export function close(video) {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
}

/* Return what the first QR says that is seen alone, or nothing where the camera was switched off meanwhile.
   `several` is told where there is more than one: which is meant nobody knows. */
export async function look(video, reader, token, several) {
  const from = performance.now();
  let own = reader, lost = 0;
  while (video.srcObject) {
    if (performance.now() - from > LOOKING) throw new Stopped("tak-terbaca");
    const begun = performance.now();
    let texts = [], pause = own ? LOOK : PACE;
    try {
      texts = own ? await seen(own, video) : await sent(video, token);
      lost = 0;
    } catch (error) {
      if (error instanceof Stopped && error.name !== "penuh") throw error;
      if (own) own = null; // it promised more than it can
      else if (error.name === "penuh") pause = BUSY;
      else if (++lost >= MOST_LOST) throw new Stopped("tak-terjawab");
    }
    if (!video.srcObject) break;
    if (texts.length === 1) return texts[0];
    if (texts.length > 1) several();
    await wait(Math.max(0, pause - (performance.now() - begun)));
  }
  return null;
}

async function seen(reader, video) {
  if (video.readyState < video.HAVE_CURRENT_DATA) return [];
  const codes = await reader.detect(video);
  return [...new Set(codes.map((code) => code.rawValue).filter(Boolean))];
}

async function sent(video, token) {
  const frame = await grey(video);
  if (!frame) return [];
  const answer = await fetch(`/periksa/kamera${spoken}`, {
    method: "POST",
    headers: { "Content-Type": frame.type, Accept: "application/json", "X-CSRFToken": token },
    body: frame,
    signal: AbortSignal.timeout?.(REPLY),
  });
  const told = await answer.json();
  if (answer.status === 503) throw new Stopped("penuh");
  if (!answer.ok) throw new Stopped("server", told.message);
  return told.texts;
}

/* Return the middle of the picture as a small grey JPEG, or nothing before there is one. */
async function grey(video) {
  const { videoWidth: width, videoHeight: height } = video;
  if (!width || !height) return null;
  const square = Math.min(width, height), side = Math.min(square, SIDE);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, (width - square) / 2, (height - square) / 2, square, square, 0, 0, side, side);
  const picture = context.getImageData(0, 0, side, side), dots = picture.data;
  for (let at = 0; at < dots.length; at += 4) {
    dots[at] = dots[at + 1] = dots[at + 2] = (dots[at] * 77 + dots[at + 1] * 150 + dots[at + 2] * 29) >> 8;
  }
  context.putImageData(picture, 0, 0);
  return new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.6); });
}
