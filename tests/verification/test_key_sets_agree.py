"""Browser and Python agree on what a key set may say of its keys, and on which set follows which."""

from __future__ import annotations

import base64
import json

from playwright.sync_api import Browser, Page

from pakta.config import ROOT
from pakta.core import canonical, keyset
from pakta.core.errors import Refusal
from pakta.core.keyset import Compromise, Endorsement
from tests.verification import planting
from tests.verification.conftest import Decide
from tests.verification.paper import HOST, City, Issuer
from tests.verification.test_rules_agree import Make, compare

CONTINUES = """
async (pairs) => {
  const { verify, verifyContinues } = await import("/js/keyset.js");
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const answers = [];
  for (const [found, known] of pairs) {
    const sets = [await verify(bytes(found), "localhost:5000", 0), await verify(bytes(known), "localhost:5000", 0)];
    answers.push(await verifyContinues(...sets).then(() => null, (error) => error.reason ?? error.message));
  }
  return answers;
}
"""
ROOT_TEXT = canonical.base64url(bytes(32))
SAID: dict[str, object] = {
    "compromised_at": "2026-11-23T01:15:00Z", "size": 5, "root": ROOT_TEXT, "endorsed_by": "AAAAAAAAAAA",
    "endorsement": canonical.base64url(bytes(64)),
}  # fmt: skip
LOST = {name: SAID[name] for name in ("compromised_at", "size", "root")}
ENDORSED = {name: SAID[name] for name in ("endorsed_by", "endorsement")}
ODD: dict[str, object] = {
    "nothing": {}, "null": None, "a list": [], "a text": "x", "a number": 1, "true": True, "more": {**LOST, "x": 1},
    "no size": {"compromised_at": LOST["compromised_at"], "root": ROOT_TEXT}, "no root": {**LOST, "root": None},
    "only a size": {"size": 5}, "size below 0": {**LOST, "size": -1}, "size a text": {**LOST, "size": "5"},
    "size true": {**LOST, "size": True}, "size null": {**LOST, "size": None},
    "root short": {**LOST, "root": canonical.base64url(bytes(31))},
    "root with padding": {**LOST, "root": ROOT_TEXT + "="},
    "root a number": {**LOST, "root": 5}, "no time": {**LOST, "compromised_at": ""},
    "time in a list": {**LOST, "compromised_at": ["2026-11-23T01:15:00Z"]},
    "time with a zone": {**LOST, "compromised_at": "2026-11-23T08:15:00+07:00"},
    "time and a line": {**LOST, "compromised_at": "2026-11-23T01:15:00Z\n"},
    "time null": {**LOST, "compromised_at": None}, "endorsed by nobody": {**ENDORSED, "endorsed_by": ""},
    "endorsed by null": {**ENDORSED, "endorsed_by": None}, "an empty word": {**ENDORSED, "endorsement": ""},
    "a word that is none": {**ENDORSED, "endorsement": "%"}, "no word": {"endorsed_by": "AAAAAAAAAAA"},
    "half of each": {"size": 5, "endorsement": "AA"}, "a number's word": {**ENDORSED, "endorsement": 5},
}  # fmt: skip
EVEN: dict[str, object] = {
    "lost": LOST, "endorsed": ENDORSED, "both": SAID, "a short word": {**ENDORSED, "endorsement": "AA"},
    "lost at 0": {**LOST, "size": 0}, "a day that is none": {**LOST, "compromised_at": "2026-99-99T99:99:99Z"},
}  # fmt: skip


def test_what_a_key_set_may_say_of_a_key_is_the_same(city: City, make_case: Make, in_browser: Decide) -> None:
    """Said of the second key, and signed by the first, so that only the form can be refused."""
    other = Issuer()

    def saying(said: object) -> bytes:
        members = canonical.decode_object(city.key_set(others=(other,)), reason=None)  # type: ignore[arg-type]
        del members["signature"]
        second = canonical.base64url(other.kid)
        keys = [{**each, "pakta": said} if each["kid"] == second else each for each in members["keys"]]  # type: ignore[attr-defined]
        payload = canonical.encode({**members, "keys": keys})  # type: ignore[dict-item]
        return keyset.sign(payload, kid=city.issuer.kid, sign=city.issuer.sign)

    words = compare(in_browser, [make_case(name, key_set=saying(said)) for name, said in {**ODD, **EVEN}.items()])
    assert {name for name, word in words.items() if word == "SAH"} == set(EVEN)


def word_of(by: Issuer, successor: Issuer, *, host: str = HOST, signer: Issuer | None = None) -> Endorsement:
    """Return the word of one key for the next."""
    return keyset.endorse(successor=successor.public, host=host, kid=by.kid, sign=(signer or by).sign)


def chains() -> dict[str, tuple[bytes, bytes]]:
    """Return pairs of a later key set and the known one."""
    a, b, c = Issuer(), Issuer(), Issuer()

    def of(signer: Issuer, *others: Issuer, **more: object) -> bytes:
        return City(issuer=signer).key_set(others=others, **more)  # type: ignore[arg-type]

    known, broken = of(a), word_of(a, b)
    gone: dict[bytes, Compromise] = {a.kid: City(entries=[b"x"]).compromise(1)}
    false = Endorsement(broken.by, broken.signature[:-1] + bytes([broken.signature[-1] ^ 1]))
    two_steps = {b.kid: word_of(a, b), c.kid: word_of(b, c)}
    return {
        "the same": (known, known),
        "the same key": (of(a, b, version=4), known),
        "a successor": (of(b, a, endorsements={b.kid: word_of(a, b)}), known),
        "a successor of a lost key": (of(b, a, endorsements={b.kid: word_of(a, b)}, compromised=gone), known),
        "two steps": (of(c, b, a, endorsements=two_steps), known),
        "two steps, the middle lost": (
            of(c, b, a, endorsements=two_steps, compromised={b.kid: gone[a.kid]}), known
        ),
        "the middle missing": (of(c, a, endorsements={c.kid: word_of(b, c)}), known),
        "no word": (of(b, a), known),
        "the word of a stranger": (of(b, a, endorsements={b.kid: word_of(c, b)}), known),
        "for another key": (of(b, a, c, endorsements={b.kid: word_of(a, c)}), known),
        "for another host": (of(b, a, endorsements={b.kid: word_of(a, b, host="lain.example")}), known),
        "signed by another": (of(b, a, endorsements={b.kid: word_of(a, b, signer=c)}), known),
        "a changed word": (of(b, a, endorsements={b.kid: false}), known),
        "a short word": (of(b, a, endorsements={b.kid: Endorsement(a.kid, b"\0")}), known),
        "for itself": (of(b, a, endorsements={b.kid: word_of(b, b)}), known),
        "in a ring": (of(c, b, endorsements={b.kid: word_of(c, b), c.kid: word_of(b, c)}), known),
        "of a key known to be lost": (
            of(c, a, endorsements={c.kid: word_of(a, c)}), of(b, a, compromised=gone)
        ),
        "by a key known to be lost": (of(a, b, version=5), of(b, a, compromised=gone)),
        "the lost one forgotten": (of(b), of(b, a, compromised=gone)),
    }  # fmt: skip


GOING_ON = {
    "the same", "the same key", "a successor", "a successor of a lost key", "two steps", "two steps, the middle lost",
    "the lost one forgotten",
}  # fmt: skip


def continues(found: bytes, known: bytes) -> str | None:
    """Return why Python does not go on from `known` to `found`, or None."""
    later, before = (keyset.verify(each, host=HOST) for each in (found, known))
    try:
        keyset.verify_continues(later, known=before)
    except Refusal as refusal:
        return refusal.reason.value
    return None


def test_a_later_key_set_is_believed_alike(bare: Page) -> None:
    pairs = chains()
    texts = [[base64.b64encode(each).decode() for each in pair] for pair in pairs.values()]
    answers = dict(zip(pairs, bare.evaluate(CONTINUES, texts), strict=True))
    assert answers == {name: continues(*pair) for name, pair in pairs.items()}
    assert {name for name, refused in answers.items() if refused is None} == GOING_ON


def test_the_browser_follows_the_key_sets_of_the_committed_vectors(bare: Page) -> None:
    """Made without either: see tests/vectors/README.md."""
    pairs = json.loads((ROOT / "tests" / "vectors" / "successors.json").read_text())["pairs"].values()
    texts = [[base64.b64encode(each[name].encode()).decode() for name in ("found", "known")] for each in pairs]
    assert bare.evaluate(CONTINUES, texts) == [each["reason"] for each in pairs]


GULLIBLE = ("keyset.js", 'demand(vouched.length, "KEYSET_UNVOUCHED");', "return;")


def test_a_browser_that_believes_any_new_key_set_is_found_out(chromium: Browser, files: str) -> None:
    pairs = chains()
    texts = [[base64.b64encode(each).decode() for each in pair] for pair in pairs.values()]
    with planting.planted(chromium, files, *GULLIBLE) as page:
        answers = page.evaluate(CONTINUES, texts)
    assert answers != [continues(*pair) for pair in pairs.values()]
