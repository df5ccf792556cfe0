// Passphrases of pronounceable invented words: four words of two syllables each, 50 random bits.

const FIRST = "bcdghjklmnprstwy";
const VOWELS = "aiueo";

// A number from 0 to below `limit`, each equally likely.
function below(limit) {
  const most = Math.floor(256 / limit) * limit;
  const byte = new Uint8Array(1);
  do crypto.getRandomValues(byte); while (byte[0] >= most);
  return byte[0] % limit;
}

const syllable = () => FIRST[below(FIRST.length)] + VOWELS[below(VOWELS.length)];
const word = () => syllable() + syllable();

export function passphrase() {
  return [word(), word(), word(), word()].join("-");
}
