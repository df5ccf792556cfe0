"""The browser's parts one by one, against Python's: tiles, Ed25519, numbers, the worker's list of tiles."""

from __future__ import annotations

import base64
import hashlib
import secrets

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from playwright.sync_api import Page

from pakta.config import ROOT
from pakta.core import merkle, number, tiles
from tests.core.refusing import flipped

CITY = 65_536  # entries: a larger ledger has a further level of tiles, and another edge
ORDER = 2**252 + 27742317777372353535851937790883648493  # of Ed25519's group
PATH = """
async ([index, size, root, held]) => {
  const { pathFromTiles } = await import("/js/tlog.js");
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const asked = [];
  const read = async (path) => {
    asked.push(path);
    if (!(path in held)) throw new Error("missing " + path);
    return bytes(held[path]);
  };
  try {
    const path = await pathFromTiles(index, { size, root: bytes(root) }, read);
    return { asked, path: path.map((hash) => btoa(String.fromCharCode(...hash))) };
  } catch (error) {
    return { asked, refused: error.reason ?? error.message };
  }
}
"""
ED25519 = """
async (cases) => {
  const { verify } = await import("/js/ed25519.js");
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const answers = [];
  for (const each of cases) answers.push(await verify(...each.map(bytes)));
  return answers;
}
"""
# RFC 8032 section 7.1, tests 1 to 3 and SHA(abc): key, message, signature
RFC8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


def text(data: bytes) -> str:
    """Return base64."""
    return base64.b64encode(data).decode()


class Tree:
    """A tree of so many leaves, and its tiles."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.levels = [[hashlib.sha256(bytes(f"{at}", "ascii")).digest() for at in range(size)]]
        while len(self.levels[-1]) >= tiles.WIDTH:
            below = self.levels[-1]
            whole = len(below) // tiles.WIDTH * tiles.WIDTH
            starts = range(0, whole, tiles.WIDTH)
            self.levels.append([merkle.root(below[at : at + tiles.WIDTH]) for at in starts])
        self.asked: set[str] = set()

    def read(self, level: int, index: int, width: int) -> bytes:
        """Return a tile, and remember that it was asked for."""
        self.asked.add("/log/tile/" + tiles.tile_path(level, index, width))
        start = index * tiles.WIDTH
        return b"".join(self.levels[level][start : start + width])

    def held(self) -> dict[str, str]:
        """Return every tile that was asked for, by its address."""
        found = {}
        for address in self.asked:
            level, index, width = tiles.parse_tile_path(address.removeprefix("/log/tile/"))
            found[address] = text(self.read(level, index, width))
        return found


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 700, 65535, 65536, 65537, 66000, 300000])
def test_a_path_read_from_tiles_is_the_same_and_asks_for_no_more(size: int, bare: Page) -> None:
    tree = Tree(size)
    root = tiles.root_from_tiles(size, tree.read)
    for index in {0, 1, size // 2, 255, 256, size - 1} & set(range(size)):
        tree.asked.clear()
        wanted = tiles.inclusion_path_from_tiles(index, size, tree.read)
        tiles.node(0, index, size, tree.read)
        answer = bare.evaluate(PATH, [index, size, text(root), tree.held()])
        assert answer.get("path") == [text(each) for each in wanted], (size, index, answer)
        assert len(answer["asked"]) == len(set(answer["asked"])) == len(tree.asked)
        assert len(tree.asked) <= (3 if size <= CITY else 5)


def test_tiles_that_do_not_lead_to_the_root_prove_nothing(bare: Page) -> None:
    tree = Tree(700)
    root = tiles.root_from_tiles(700, tree.read)
    tiles.inclusion_path_from_tiles(300, 700, tree.read)
    held = tree.held()
    assert set(held) == {"/log/tile/0/001", "/log/tile/1/000.p/2", "/log/tile/0/002.p/188"}
    assert "path" in bare.evaluate(PATH, [300, 700, text(root), held])
    for address in held:
        data = bytearray(base64.b64decode(held[address]))
        data[8] ^= 1  # in the first hash, which this path needs of each
        assert bare.evaluate(PATH, [300, 700, text(root), {**held, address: text(bytes(data))}])["refused"]
        short = {**held, address: text(bytes(data[:-32]))}
        assert bare.evaluate(PATH, [300, 700, text(root), short])["refused"] == "TILE_MALFORMED"
        gone = {name: tile for name, tile in held.items() if name != address}
        assert "missing" in bare.evaluate(PATH, [300, 700, text(root), gone])["refused"]


def test_the_worker_lists_the_tiles_that_exist(bare: Page) -> None:
    source = (ROOT / "static" / "js" / "v-sw.js").read_text()
    listing = source[source.index("function tilePaths") :]
    for size in (0, 1, 255, 256, 257, 700, 16384):
        wanted = {"/log/tile/" + tiles.tile_path(*each) for each in tiles.tiles_for(0, size)}
        assert set(bare.evaluate(f"(size) => {{ {listing}; return tilePaths(size); }}", size)) == wanted


def test_our_own_ed25519_knows_the_signatures_of_the_rfc(bare: Page) -> None:
    cases = []
    for key, message, signature in RFC8032:
        parts = [bytes.fromhex(each) for each in (key, signature, message)]
        Ed25519PublicKey.from_public_bytes(parts[0]).verify(parts[1], parts[2])
        cases.append([text(each) for each in parts])
    assert bare.evaluate(ED25519, cases) == [True] * len(cases)


def believed(key: bytes, signature: bytes, message: bytes) -> bool:
    """Return what a library of others says."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def test_our_own_ed25519_agrees_with_another_on_every_change(bare: Page) -> None:
    private = Ed25519PrivateKey.generate()
    key, message = private.public_key().public_bytes_raw(), secrets.token_bytes(100)
    signature = private.sign(message)
    larger = int.from_bytes(signature[32:], "little") + ORDER
    cases = [
        (key, signature, message),
        (key, signature, message + b"\0"),
        (key, signature[:32] + larger.to_bytes(32, "little"), message),
        (key, signature[:-1], message),
        (key[:-1], signature, message),
        (b"\xff" * 32, signature, message),
        (bytes(32), bytes(64), message),
        (b"\x01" + bytes(31), b"\x01" + bytes(63), message),
        ((2**255 - 18).to_bytes(32, "little"), signature, message),
    ]
    for bit in range(0, 512, 7):
        cases.append((key, flipped(signature, bit), message))
        if bit < 256:
            cases.append((flipped(key, bit), signature, message))
    answers = bare.evaluate(ED25519, [[text(part) for part in case] for case in cases])
    assert answers == [believed(*case) for case in cases]
    assert answers[0] is True and not any(answers[1:6])


def test_a_certificates_number_is_the_same(bare: Page) -> None:
    ids = [secrets.token_bytes(16) for _ in range(50)] + [bytes(16), b"\xff" * 16]
    found = bare.evaluate(
        """async (ids) => {
          const { number } = await import("/js/credential.js");
          return ids.map((id) => number(Uint8Array.from(id)));
        }""",
        [list(each) for each in ids],
    )
    assert found == [number.spoken(number.from_cti(each)) for each in ids]
