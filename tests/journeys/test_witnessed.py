"""A stranger verifies under a policy of witnesses, and after the issuer's key was lost.

The site runs with the policy; cosignatures and the key set after the loss are laid over its answers on the way.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from pakta.certificates import compromise, publishing
from pakta.certificates.models import IssuedCredential
from pakta.core import keyset, status
from pakta.core.keyset import Compromise
from pakta.core.ledgerentry import EntryKind
from pakta.database import db
from pakta.ledger import heads
from pakta.ledger.models import Payload
from pakta.web import clock
from tests.journeys.browser import Visitor
from tests.journeys.keeping import word
from tests.journeys.site import Site
from tests.journeys.test_verification import NO_ED25519, address, signed
from tests.people import City
from tests.verification.paper import Issuer, WitnessKey

NAMES = ("bawaslu", "inspektorat", "universitas")
WITNESSES = [WitnessKey(f"{name}.contoh.go.id/saksi") for name in NAMES]
POLICY = "".join(f"witness {name} {key.vkey}\n" for name, key in zip(NAMES, WITNESSES, strict=True))
HEAD, PENDING = "**/log/checkpoint", "**/log/pending"
KEYS, STATUS = "**/.well-known/pakta-keys.json", "**/s/0"
OLD_KEY = "SAH, KUNCI LAMA DITEGUHKAN"


@pytest.fixture(scope="module")
def witnesses() -> str:
    """Ask for two of three."""
    return POLICY + f"group dua 2 {' '.join(NAMES)}\nquorum dua\n"


@pytest.fixture(scope="module")
def siti(city: City) -> IssuedCredential:
    """Let Siti sign."""
    return signed(city, "siti")


@pytest.fixture(scope="module")
def joko(city: City, siti: IssuedCredential) -> IssuedCredential:
    """Let Joko sign after her."""
    return signed(city, "joko")


def head_of(city: City, *witnesses: WitnessKey, row: IssuedCredential | None = None) -> bytes:
    """Return the newest head, or the first that covers a certificate, with the cosignatures of these witnesses."""
    with city.app.app_context():
        session = db.session()
        found = heads.newest(session) if row is None else heads.covering(session, index=row.ledger_index)
        assert found is not None
        text = found.note
    body, at = text.rpartition(b"\n\n")[0] + b"\n", int(clock.now().timestamp())
    return text + b"".join(each.line(body, at=at) for each in witnesses)


def give(visitor: Visitor, path: str, body: bytes | None) -> None:
    """Let the visitor's page get this answer; None: it is not there."""
    visitor.context.unroute(path)
    if body is None:
        visitor.context.route(path, lambda route: route.fulfill(status=404))
    else:
        visitor.context.route(path, lambda route: route.fulfill(body=body))


def line(page: Page) -> str:
    """Return what the page says of witnesses."""
    return (
        page.locator("#langkah li", has_text=re.compile("[Ss]aksi luar")).locator("> span").last.inner_text().strip()
    )


def test_a_head_that_two_of_three_witnesses_cosigned_is_sah_and_says_since_when(
    phone: Visitor, desk: Visitor, city: City, siti: IssuedCredential
) -> None:
    for visitor in (phone, desk):
        give(visitor, HEAD, head_of(city, *WITNESSES[:2]))
        page = visitor.open(address(city, siti))
        assert word(page) == "SAH"
        assert re.match("Saksi luar meneguhkan buku catatan, .* pukul .* WIB$", line(page))
        expect(page.locator("main")).not_to_contain_text("Belum ada saksi")
        expect(page.locator("#bukan")).to_contain_text("bersekongkol")


def test_a_browser_without_ed25519_of_its_own_checks_witnesses_too(
    phone: Visitor, city: City, siti: IssuedCredential
) -> None:
    phone.context.add_init_script(NO_ED25519)
    give(phone, HEAD, head_of(city, *WITNESSES[1:]))
    page = phone.open(address(city, siti))
    assert word(page) == "SAH"
    assert any("ed25519.js" in each for each in phone.addresses)


@pytest.mark.parametrize("count", [0, 1])
def test_a_head_without_its_quorum_waits_and_is_never_sah(
    phone: Visitor, city: City, siti: IssuedCredential, count: int
) -> None:
    give(phone, HEAD, head_of(city, *WITNESSES[:count]))
    page = phone.open(address(city, siti))
    assert word(page) == "TIDAK DAPAT DIPERIKSA"
    expect(page.locator("#kode")).to_have_text("Kode: WITNESSES_TOO_FEW")
    expect(page.locator("#pita")).to_contain_text("menunggu saksi luar")
    assert line(page).startswith("Menunggu saksi luar")
    give(phone, HEAD, head_of(city, *WITNESSES))
    page.reload()
    assert word(page) == "SAH"


def test_what_only_the_pending_head_reaches_waits_for_witnesses(
    phone: Visitor, city: City, siti: IssuedCredential, joko: IssuedCredential
) -> None:
    give(phone, HEAD, head_of(city, *WITNESSES[:2], row=siti))
    give(phone, PENDING, head_of(city, WITNESSES[0]))
    page = phone.open(address(city, joko))
    assert word(page) == "TIDAK DAPAT DIPERIKSA"
    expect(page.locator("#kode")).to_have_text("Kode: WITNESSES_TOO_FEW")
    page.goto(address(city, siti))
    page.reload()
    assert word(page) == "SAH"
    give(phone, PENDING, head_of(city, *WITNESSES[1:]))
    page.goto(address(city, joko))
    page.reload()
    assert word(page) == "SAH"


def test_without_a_network_the_kept_pending_head_says_what_is_waited_for(
    phone: Visitor, city: City, siti: IssuedCredential, joko: IssuedCredential
) -> None:
    give(phone, HEAD, head_of(city, *WITNESSES[:2], row=siti))
    give(phone, PENDING, None)
    page = phone.open(address(city, joko))
    assert word(page) == "TIDAK DAPAT DIPERIKSA"
    give(phone, PENDING, head_of(city, WITNESSES[0]))
    for online, code in ((False, "LEDGER_BEHIND"), (True, "WITNESSES_TOO_FEW"), (False, "WITNESSES_TOO_FEW")):
        with contextlib.nullcontext() if online else no_network(phone):
            page.reload()
            assert word(page) == "TIDAK DAPAT DIPERIKSA"
            expect(page.locator("#kode")).to_have_text(f"Kode: {code}")
            expect(page.locator("#sumber")).to_contain_text("data terbaru" if online else "Tanpa sambungan")
            expect(page.locator("#pita")).to_contain_text("menunggu s")
    with no_network(phone):
        page.goto(address(city, siti))
        page.reload()
        assert word(page) == "SAH"


@contextlib.contextmanager
def no_network(visitor: Visitor) -> Iterator[None]:
    """Let the visitor's page get nothing of the ledger, the keys and the statuses."""
    paths = ("**/log/**", KEYS, STATUS)
    visitor.expect_complaint("net::ERR_FAILED")
    for path in paths:
        visitor.context.route(path, lambda route: route.abort())
    yield
    for path in paths:
        visitor.context.unroute(path)


def test_where_no_pending_head_reaches_it_the_ledger_is_said_to_be_behind(
    phone: Visitor, city: City, siti: IssuedCredential, joko: IssuedCredential
) -> None:
    old = head_of(city, *WITNESSES[:2], row=siti)
    give(phone, HEAD, old)
    for pending in (None, old):
        give(phone, PENDING, pending)
        page = phone.open(address(city, joko))
        page.reload()
        assert word(page) == "TIDAK DAPAT DIPERIKSA"
        expect(page.locator("#kode")).to_have_text("Kode: LEDGER_BEHIND")
        assert line(page) == "Saksi luar belum diperiksa"


def test_before_the_first_quorum_the_pending_head_says_what_is_waited_for(
    phone: Visitor, city: City, siti: IssuedCredential
) -> None:
    give(phone, HEAD, None)
    give(phone, PENDING, head_of(city))
    page = phone.open(address(city, siti))
    assert word(page) == "TIDAK DAPAT DIPERIKSA"
    expect(page.locator("#kode")).to_have_text("Kode: WITNESSES_TOO_FEW")
    expect(page.locator("#sumber")).to_contain_text("data terbaru")


def test_a_newer_head_without_witnesses_does_not_take_a_kept_ones_place(
    phone: Visitor, city: City, siti: IssuedCredential, joko: IssuedCredential
) -> None:
    give(phone, HEAD, head_of(city, *WITNESSES[:2], row=siti))
    page = phone.open(address(city, siti))
    assert word(page) == "SAH"
    give(phone, HEAD, head_of(city))
    page.reload()
    assert word(page) == "SAH"
    assert line(page).startswith("Saksi luar meneguhkan")


def test_what_a_newer_head_proves_is_not_said_to_rest_on_an_older_one(
    phone: Visitor, city: City, siti: IssuedCredential, joko: IssuedCredential
) -> None:
    """The tiles of the witnessed head do not come, those of the newer one that waits, and was kept, do."""
    witnessed = head_of(city, *WITNESSES[:2], row=siti)
    size = int(witnessed.split(b"\n")[1])
    give(phone, HEAD, witnessed)
    give(phone, PENDING, head_of(city))
    give(phone, f"**/log/tile/0/*.p/{size}", None)
    phone.expect_complaint("404")
    page = phone.open(address(city, joko))
    assert word(page) == "TIDAK DAPAT DIPERIKSA"
    page.goto(address(city, siti))
    page.reload()
    assert word(page) == "TIDAK DAPAT DIPERIKSA"
    expect(page.locator("#kode")).to_have_text("Kode: WITNESSES_TOO_FEW")
    expect(page.locator("#sumber")).to_contain_text("sebagian datanya tidak datang")


@dataclass
class Loss:
    """The site's key was lost: what is served after it, by the next key."""

    keys: bytes
    status: bytes


Lose = Callable[..., Loss]


@pytest.fixture(scope="module")
def lose(city: City) -> Lose:
    """Give the files after the loss of the issuer's key behind a head of `size` entries."""
    successor, config, issuer = Issuer(), city.wired.config, city.wired.keyring.issuer
    with city.app.app_context():
        genuine = publishing.newest_key_set(db.session())
        assert genuine is not None
        known = keyset.parse(genuine.text)

    def after(size: int, *, vouched: bool = True, root: bytes | None = None) -> Loss:
        with city.app.app_context():
            stated = root or compromise.root_at(db.session(), size=size)
        word = keyset.endorse(successor=successor.public, host=config.host, kid=issuer.kid, sign=issuer.sign)
        payload = keyset.build(
            issuer_keys={**known.issuer_keys, successor.kid: successor.public}, version=known.version + 1,
            host=config.host, issued_at=clock.now(), log_origin=known.log_origin, log_vkey=known.log_vkey,
            compromised={issuer.kid: Compromise(clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"), size, stated)},
            endorsements={successor.kid: word} if vouched else {},
        )  # fmt: skip
        now = int(clock.now().timestamp())
        claims = status.TokenClaims(
            uri=f"{config.origin}/s/0", issued_at=now, expires_at=now + 172_800, ttl=43_200,
            lst=status.encode(bytes(64)),
        )  # fmt: skip
        token = status.to_be_signed(claims, kid=successor.kid)
        return Loss(
            keyset.sign(payload, kid=successor.kid, sign=successor.sign),
            status.assemble(claims, kid=successor.kid, signature=successor.sign(token)),
        )

    return after


def give_all(visitor: Visitor, loss: Loss, head: bytes) -> None:
    """Let the visitor's page get what is served after the loss."""
    give(visitor, KEYS, loss.keys)
    give(visitor, STATUS, loss.status)
    give(visitor, HEAD, head)


def test_after_a_loss_what_was_witnessed_before_is_green_with_a_note_and_the_rest_suspended(
    phone: Visitor, desk: Visitor, city: City, siti: IssuedCredential, joko: IssuedCredential, lose: Lose
) -> None:
    for visitor in (phone, desk):
        give_all(visitor, lose(joko.ledger_index), head_of(city, *WITNESSES))
        page = visitor.open(address(city, siti))
        assert word(page) == OLD_KEY
        expect(page.locator("#pita.sah")).to_contain_text("Kunci penerbitnya kemudian bocor")
        expect(page.locator("#bukan")).to_be_visible()
        page.goto(address(city, joko))
        page.reload()
        assert word(page) == "DITANGGUHKAN"
        expect(page.locator("#pita.tangguh")).to_contain_text("Jangan diterima sampai pemiliknya menandatangani lagi")
        expect(page.locator("#alasan")).to_be_hidden()


def test_a_head_of_then_to_which_no_tiles_lead_confirms_nothing(
    phone: Visitor, desk: Visitor, city: City, siti: IssuedCredential, joko: IssuedCredential, lose: Lose
) -> None:
    said = []
    for visitor, root in ((phone, bytes(32)), (desk, None)):
        give_all(visitor, lose(joko.ledger_index, root=root), head_of(city, *WITNESSES))
        page = visitor.open(address(city, siti))
        said.append((word(page), page.locator("#kode code").inner_text()))
    assert said == [("TIDAK DAPAT DIPERIKSA", "LEDGER_MISSING"), (OLD_KEY, "KEY_CONFIRMED")]


def test_a_phone_goes_on_to_the_next_key_only_on_the_word_of_the_one_it_knows(
    phone: Visitor, city: City, siti: IssuedCredential, joko: IssuedCredential, lose: Lose
) -> None:
    head = head_of(city, *WITNESSES)
    give(phone, HEAD, head)
    page = phone.open(address(city, siti))
    assert word(page) == "SAH"
    give_all(phone, lose(joko.ledger_index, vouched=False), head)
    page.reload()
    assert word(page) == "SAH"
    give_all(phone, lose(joko.ledger_index), head)
    page.reload()
    assert word(page) == OLD_KEY


def test_what_a_policy_pins_is_what_the_site_serves_and_released(site: Site, phone: Visitor, city: City) -> None:
    page = phone.open("/v")
    path = page.locator('link[rel=modulepreload][href$="/policy.js"]').get_attribute("href")
    served = phone.context.request.get(site.origin + str(path)).body()
    assert all(f'"{key.name}"'.encode() in served for key in WITNESSES)
    with city.app.app_context():
        kind = int(EntryKind.SCRIPTS_RELEASED)
        (entry,) = db.session().execute(select(Payload.payload).where(Payload.kind == kind)).scalars()
    assert json.loads(entry)["scripts"]["policy.js"] == hashlib.sha256(served).hexdigest()
