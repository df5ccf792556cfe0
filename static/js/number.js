// The certificate number: 80 bits of the credential's id in Crockford base32, and a Luhn mod 32 check character.

const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function check(letters) {
  const sum = letters.split("").reverse().reduce((total, letter, place) => {
    const value = LETTERS.indexOf(letter) * (place % 2 ? 1 : 2);
    return total + Math.floor(value / 32) + (value % 32);
  }, 0);
  return LETTERS[(32 - (sum % 32)) % 32];
}

/* Return the number of a credential's id as it is printed: 7K3M-XXXX-XXXX-XXXX-C. */
export function fromId(cti) {
  let bits = cti.slice(0, 10).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let letters = "";
  for (let place = 0; place < 16; place++, bits >>= 5n) letters = LETTERS[Number(bits & 31n)] + letters;
  return (letters + check(letters)).replace(/.{4}(?=.)/g, "$&-");
}
