"""Browser and Python agree on witnesses, lost keys and successors; one that skips such a check is found out."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from pakta.config import ROOT
from pakta.core import canonical, keyset, note
from pakta.core import policy as policies
from pakta.core.errors import Refusal
from pakta.core.keyset import Compromise, Endorsement
from pakta.core.policy import Policy
from tests.verification.conftest import DECIDE, Decide
from tests.verification.paper import HOST, NOW, Case, City, Issuer, WitnessKey
from tests.verification.test_rules_agree import Make, compare

AT = int(NOW.timestamp())
WITNESSES = [WitnessKey(f"saksi-{name}.contoh.go.id") for name in ("satu", "dua", "tiga", "empat", "lima")]
ONE, TWO, THREE, FOUR, FIVE = WITNESSES
KNOWN = "".join(f"witness w{at} {each.vkey}\n" for at, each in enumerate(WITNESSES))
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


def policy(*lines: str) -> Policy:
    """Return a policy that knows all five witnesses."""
    return policies.parse((KNOWN + "".join(f"{line}\n" for line in lines)).encode())


TWO_OF_THREE = policy("group g 2 w0 w1 w2", "quorum g")
NESTED = policy("group a any w0 w1", "group b all w2 w3", "group c 2 a b w4", "quorum c")


def under(make_case: Make, asked: Policy, heads: dict[str, bytes]) -> list[Case]:
    """Return a case a head, all under one policy."""
    return [make_case(name, checkpoint=head, policy=asked) for name, head in heads.items()]


def sealed(body: bytes, witness: WitnessKey, signature: bytes) -> bytes:
    """Return a signature line under a witness's name, whatever it holds."""
    line = note.signature_line(
        name=witness.name, public_key=witness.public, kind=note.COSIGNATURE, signature=signature
    )
    return line.encode()


def flawed(city: City) -> dict[str, bytes]:
    """Return heads with the cosignatures of two witnesses, of which something is amiss."""
    good, head = city.cosigned(ONE, TWO), city.checkpoint()
    body = head.rpartition(b"\n\n")[0] + b"\n"
    early = (1 << 63).to_bytes(8, "big")
    late = early + ONE.private.sign(b"cosignature/v1\ntime %d\n" % (1 << 63) + body)
    return {
        "false, of one that is needed": city.cosigned(ONE) + TWO.line(b"lain\n", at=AT),
        "false, of one too many": good + THREE.line(b"lain\n", at=AT),
        "false, of one outside of the quorum": good + FIVE.line(b"lain\n", at=AT),
        "of another size": head + ONE.line(city.checkpoint(300).rpartition(b"\n\n")[0] + b"\n", at=AT),
        "one true and one false": good + ONE.line(b"lain\n", at=AT),
        "without a time": head + sealed(body, ONE, ONE.private.sign(body)),
        "too long": head + sealed(body, ONE, bytes(73)),
        "short": head + sealed(body, ONE, bytes(3)),
        "later than any time": head + sealed(body, ONE, late),
        "nobody": head,
        "one": city.cosigned(ONE),
        "one twice": city.cosigned(ONE, ONE),
        "one of the quorum, one outside": city.cosigned(ONE, FIVE),
        "a stranger of the same name": city.cosigned(ONE, WitnessKey(TWO.name)),
        "of the log alone": b"\n\n".join((body[:-1], b"")) + ONE.line(body, at=AT) + TWO.line(body, at=AT),
    }


def test_a_head_is_believed_alike_by_its_cosignatures(city: City, make_case: Make, in_browser: Decide) -> None:
    good = {
        "two": city.cosigned(ONE, TWO),
        "all": city.cosigned(*WITNESSES),
        "two and a stranger": city.cosigned(ONE, TWO, WitnessKey("lain.contoh")),
        "at no time": city.checkpoint()
        + b"".join(
            sealed(b"", each, bytes(8) + each.private.sign(b"cosignature/v1\ntime 0\n" + body_of(city)))
            for each in (ONE, TWO)
        ),
    }
    words = compare(in_browser, under(make_case, TWO_OF_THREE, good | flawed(city)))
    assert {name for name, word in words.items() if word == "SAH"} == set(good)
    assert {words[name] for name in flawed(city)} == {"TIDAK DAPAT DIPERIKSA"}


def body_of(city: City) -> bytes:
    """Return the body of the city's newest head."""
    return city.checkpoint().rpartition(b"\n\n")[0] + b"\n"


def test_groups_of_groups_are_counted_alike(city: City, make_case: Make, in_browser: Decide) -> None:
    """Every set of five witnesses, each at a time of its own, so that also the quorum's time is compared."""
    lines = {each.name: each.line(body_of(city), at=AT - 60 * at) for at, each in enumerate(WITNESSES, 1)}
    sets = [each for count in range(6) for each in itertools.combinations(WITNESSES, count)]
    heads = {
        "+".join(each.name for each in chosen) or "nobody": city.checkpoint()
        + b"".join(lines[each.name] for each in chosen)
        for chosen in sets
    }
    words = compare(in_browser, under(make_case, NESTED, heads))
    enough = {
        name for name, chosen in zip(heads, sets, strict=True)
        if (ONE in chosen or TWO in chosen) + (THREE in chosen and FOUR in chosen) + (FIVE in chosen) >= 2
    }  # fmt: skip
    assert {name for name, word in words.items() if word == "SAH"} == enough
    assert 0 < len(enough) < len(sets)


def test_a_quorum_of_one_witness_and_one_that_asks_nobody_agree(
    city: City, make_case: Make, in_browser: Decide
) -> None:
    twice = city.cosigned(ONE, at=AT - 60) + ONE.line(body_of(city), at=AT - 900)
    cases = [
        make_case("asked", policy=policy("quorum w0"), checkpoint=city.cosigned(ONE)),
        make_case("asked twice", policy=policy("quorum w0"), checkpoint=twice),
        make_case("another", policy=policy("quorum w0"), checkpoint=city.cosigned(TWO)),
        make_case("nobody asked", policy=policy("quorum none"), checkpoint=city.checkpoint()),
    ]
    words = compare(in_browser, cases)
    assert {name for name, word in words.items() if word == "SAH"} == {"asked", "asked twice", "nobody asked"}


def test_witnesses_come_after_the_ledger_and_before_the_missing_list(
    city: City, make_case: Make, in_browser: Decide
) -> None:
    few, enough = city.cosigned(ONE), city.cosigned(ONE, TWO)
    cases = [
        make_case("behind, witnessed", policy=TWO_OF_THREE, checkpoint=city.cosigned(ONE, TWO, size=300)),
        make_case("behind, waiting", policy=TWO_OF_THREE, checkpoint=city.cosigned(ONE, size=300)),
        make_case("no tiles", policy=TWO_OF_THREE, checkpoint=enough, path=None),
        make_case("no ledger", policy=TWO_OF_THREE, checkpoint=None),
        make_case("not in it", policy=TWO_OF_THREE, checkpoint=enough, path=city.path(299)),
        make_case("not in it, waiting", policy=TWO_OF_THREE, checkpoint=few, path=city.path(299)),
        make_case("revoked, waiting", policy=TWO_OF_THREE, checkpoint=few, status_token=city.status_list({7: 1})),
        make_case("no list, waiting", policy=TWO_OF_THREE, checkpoint=few, status_token=None),
        make_case("no list", policy=TWO_OF_THREE, checkpoint=enough, status_token=None),
    ]
    assert "SAH" not in compare(in_browser, cases).values()


def test_no_flipped_bit_of_a_cosigned_head_is_ever_sah(city: City, make_case: Make, in_browser: Decide) -> None:
    """Every third bit of a head with just enough cosignatures; the head itself is SAH."""
    head = city.cosigned(ONE, TWO)
    cases = [make_case("whole", checkpoint=head, policy=TWO_OF_THREE)]
    for at in range(0, 8 * len(head), 3):
        changed = bytearray(head)
        changed[at // 8] ^= 1 << at % 8
        cases.append(make_case(f"bit {at}", checkpoint=bytes(changed), policy=TWO_OF_THREE))
    words = compare(in_browser, cases)
    assert [name for name, word in words.items() if word == "SAH"] == ["whole"]


@pytest.fixture(scope="session")
def after(city: City) -> City:
    """Give the same ledger under a new issuer."""
    return City(issuer=Issuer(), ledger_key=city.ledger_key, entries=city.entries)


def lost(city: City, after: City, size: int) -> bytes:
    """Return the key set after the city's first key was lost behind the head of `size` entries."""
    return after.key_set(version=4, others=(city.issuer,), compromised={city.issuer.kid: city.compromise(size)})


def test_a_lost_key_counts_alike(city: City, after: City, make_case: Make, in_browser: Decide) -> None:
    mine, theirs = after.status_list(), city.status_list()
    own = city.key_set(compromised={city.issuer.kid: city.compromise(301)}, others=(after.issuer,))
    forged = city.issue(enter=False, ledger_index=20)
    cases = [
        make_case("before", key_set=lost(city, after, 301), status_token=mine),
        make_case("after", key_set=lost(city, after, 300), status_token=mine),
        make_case("never trusted", key_set=lost(city, after, 0), status_token=mine),
        make_case("another key lost", key_set=city.key_set(
            others=(after.issuer,), compromised={after.issuer.kid: city.compromise(0)}
        )),
        make_case("list of the lost key", key_set=lost(city, after, 301), status_token=theirs),
        make_case("after, list of the lost key", key_set=lost(city, after, 300), status_token=theirs),
        make_case("key set of the lost key", key_set=own, status_token=mine),
        make_case("before, revoked", key_set=lost(city, after, 301), status_token=after.status_list({7: 1})),
        make_case("after, revoked", key_set=lost(city, after, 300), status_token=after.status_list({7: 1})),
        make_case("before, no ledger", key_set=lost(city, after, 301), status_token=mine, checkpoint=None),
        make_case("after, no ledger", key_set=lost(city, after, 300), status_token=mine, checkpoint=None),
        make_case("before, waiting", key_set=lost(city, after, 301), status_token=mine, policy=TWO_OF_THREE),
        make_case(
            "before, witnessed", key_set=lost(city, after, 301), status_token=mine, policy=TWO_OF_THREE,
            checkpoint=city.cosigned(ONE, TWO),
        ),
        make_case("forged", cose=forged, path=city.path(20), key_set=lost(city, after, 301), status_token=mine),
    ]  # fmt: skip
    words = compare(in_browser, cases)
    assert words == {
        "before": "SAH, KUNCI LAMA DITEGUHKAN",
        "after": "DITANGGUHKAN",
        "never trusted": "DITANGGUHKAN",
        "another key lost": "SAH",
        "list of the lost key": "TIDAK DAPAT DIPERIKSA",
        "after, list of the lost key": "DITANGGUHKAN",
        "key set of the lost key": "TIDAK DAPAT DIPERIKSA",
        "before, revoked": "DICABUT",
        "after, revoked": "DICABUT",
        "before, no ledger": "TIDAK DAPAT DIPERIKSA",
        "after, no ledger": "DITANGGUHKAN",
        "before, waiting": "TIDAK DAPAT DIPERIKSA",
        "before, witnessed": "SAH, KUNCI LAMA DITEGUHKAN",
        "forged": "TIDAK DIKENAL",
    }


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


def test_what_a_key_set_may_say_of_a_key_is_the_same(
    city: City, after: City, make_case: Make, in_browser: Decide
) -> None:
    """Said of the second key, and signed by the first, so that only the form can be refused."""

    def saying(said: object) -> bytes:
        members = canonical.decode_object(city.key_set(others=(after.issuer,)), reason=None)  # type: ignore[arg-type]
        del members["signature"]
        second = canonical.base64url(after.issuer.kid)
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


TWINS = {
    "no quorum": ("verdict.js", "if (!ledger.refused && policy) ledger", "if (false) ledger"),
    "any number will do": ("witnesses.js", "earliest(each)[quorum.least - 1]", "earliest(each)[0]"),
    "cosignatures unread": ("witnesses.js", "(await tlog.isSigned(key, signature.subarray(8), message))", "true"),
    "lost keys trusted": ("verdict.js", "claims.ledgerIndex >= lostAt", "false"),
    "lost keys sign lists": ("verdict.js", "(verdict, known.value.sound,", "(verdict, known.value.keys,"),
    "lost keys sign key sets": ("keyset.js", "known.get(id).size === undefined", "true"),
}  # fmt: skip


@pytest.fixture
def planted(chromium: Browser, files: str) -> Iterator[Callable[[str], Page]]:
    """Open a page whose scripts hold a planted bug."""
    pages: list[Page] = []

    def plant(name: str, sound: str, bug: str) -> Page:
        source = (ROOT / "static" / "js" / name).read_text()
        assert source.count(sound) == 1, "the planted bug no longer fits"

        def answer(route: Route) -> None:
            route.fulfill(body=source.replace(sound, bug), content_type="text/javascript")

        page = chromium.new_page()
        pages.append(page)
        page.route(f"**/js/{name}", answer)
        page.goto(f"{files}/img/")
        return page

    yield lambda twin: plant(*TWINS[twin]) if twin in TWINS else plant(*GULLIBLE)
    for each in pages:
        each.close()


@pytest.mark.parametrize("twin", TWINS)
def test_a_browser_that_skips_a_check_is_found_out(
    twin: str, planted: Callable[[str], Page], city: City, after: City, make_case: Make
) -> None:
    page, mine = planted(twin), after.status_list()
    own = city.key_set(compromised={city.issuer.kid: city.compromise(301)}, others=(after.issuer,))
    cases = [
        *under(make_case, TWO_OF_THREE, flawed(city)),
        make_case("after", key_set=lost(city, after, 300), status_token=mine),
        make_case("list of the lost key", key_set=lost(city, after, 301), status_token=city.status_list()),
        make_case("key set of the lost key", key_set=own, status_token=mine),
    ]
    with pytest.raises(AssertionError):
        compare(lambda given: page.evaluate(DECIDE, given), cases)


GULLIBLE = ("keyset.js", 'demand(vouched.length, "KEYSET_UNVOUCHED");', "return;")


def test_a_browser_that_believes_any_new_key_set_is_found_out(planted: Callable[[str], Page]) -> None:
    pairs = chains()
    texts = [[base64.b64encode(each).decode() for each in pair] for pair in pairs.values()]
    answers = planted("gullible").evaluate(CONTINUES, texts)
    assert answers != [continues(*pair) for pair in pairs.values()]
