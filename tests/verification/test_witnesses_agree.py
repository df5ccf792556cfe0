"""Browser and Python agree on witnesses and lost keys; a browser that skips such a check is found out."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Browser

from pakta.core import note
from pakta.core import policy as policies
from pakta.core.policy import Policy
from tests import slices
from tests.core.refusing import flipped
from tests.verification import planting
from tests.verification.conftest import DECIDE, Decide
from tests.verification.paper import NOW, Case, City, Issuer, WitnessKey
from tests.verification.test_rules_agree import Make, compare

AT = int(NOW.timestamp())
WITNESSES = [WitnessKey(f"saksi-{name}.contoh.go.id") for name in ("satu", "dua", "tiga", "empat", "lima")]
ONE, TWO, THREE, FOUR, FIVE = WITNESSES
KNOWN = "".join(f"witness w{at} {each.vkey}\n" for at, each in enumerate(WITNESSES))


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
    for at in slices.some(range(0, 8 * len(head), 3), turn=0):
        cases.append(make_case(f"bit {at}", checkpoint=flipped(head, at), policy=TWO_OF_THREE))
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
    forged, under = city.issue(enter=False, ledger_index=20), city.path(300, 301)
    cases = [
        make_case("before", key_set=lost(city, after, 301), status_token=mine, marked=under),
        make_case("before, no tiles of then", key_set=lost(city, after, 301), status_token=mine),
        make_case("before, another root", key_set=lost(city, after, 301), status_token=mine, marked=city.path(300)),
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
            checkpoint=city.cosigned(ONE, TWO), marked=under,
        ),
        make_case("forged", cose=forged, path=city.path(20), key_set=lost(city, after, 301), status_token=mine),
    ]  # fmt: skip
    words = compare(in_browser, cases)
    assert words == {
        "before": "SAH, KUNCI LAMA DITEGUHKAN",
        "before, no tiles of then": "TIDAK DAPAT DIPERIKSA",
        "before, another root": "DITANGGUHKAN",
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


TWINS = {
    "no quorum": ("verdict.js", "if (!ledger.refused && policy) ledger", "if (false) ledger"),
    "any number will do": ("witnesses.js", "earliest(each)[quorum.least - 1]", "earliest(each)[0]"),
    "cosignatures unread": ("witnesses.js", "(await tlog.isSigned(key, signature.subarray(8), message))", "true"),
    "lost keys trusted": ("verdict.js", "claims.ledgerIndex >= lost.size", "false"),
    "a lost key's head unread": ("verdict.js", "under.refused ?", "false ?"),
    "lost keys sign lists": ("verdict.js", "(verdict, known.value.sound,", "(verdict, known.value.keys,"),
    "lost keys sign key sets": ("keyset.js", "known.get(id).size === undefined", "true"),
}  # fmt: skip


@pytest.mark.parametrize("twin", TWINS)
def test_a_browser_that_skips_a_check_is_found_out(
    twin: str, chromium: Browser, files: str, city: City, after: City, make_case: Make
) -> None:
    mine = after.status_list()
    own = city.key_set(compromised={city.issuer.kid: city.compromise(301)}, others=(after.issuer,))
    cases = [
        *under(make_case, TWO_OF_THREE, flawed(city)),
        make_case("after", key_set=lost(city, after, 300), status_token=mine),
        make_case("another root", key_set=lost(city, after, 301), status_token=mine, marked=city.path(300)),
        make_case("list of the lost key", key_set=lost(city, after, 301), status_token=city.status_list()),
        make_case("key set of the lost key", key_set=own, status_token=mine),
    ]
    with planting.planted(chromium, files, *TWINS[twin]) as page, pytest.raises(AssertionError):
        compare(lambda given: page.evaluate(DECIDE, given), cases)
