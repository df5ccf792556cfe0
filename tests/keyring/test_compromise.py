"""The rehearsal: the issuer's key is stolen, certificates are forged with it, and the city goes on."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pakta import config as configuration
from pakta import keyring
from pakta.certificates import compromise
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.core import cosignature, credential
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.keyring import folder as key_files
from pakta.keyring import succession
from pakta.ledger import service as ledger
from pakta.ledger.models import Checkpoint, Cosignature
from pakta.web import clock
from tests.keyring.house import House, kid_of

LIMIT = 120.0  # seconds from the decision to stop until nobody signs any more


@dataclass
class Robbery:
    """A house whose issuer key was copied at `at`; siti had signed before, joko signs after."""

    house: House
    thief: keyring.IssuerKey
    before: IssuedCredential
    at: datetime
    after: IssuedCredential

    @property
    def kid(self) -> str:
        """Return the stolen key's id."""
        return self.thief.kid.hex()

    def forge(self, *, enter: bool) -> str:
        """Sign a certificate for a pact that nobody made; return the address in its QR."""
        claims = replace(credential.parse(self.before.cose or b"").claims, name="Palsu Sekali", cti=b"p" * 16)
        with self.house.app.app_context(), transaction() as session:
            claims = replace(claims, ledger_index=ledger.next_index(session) if enter else claims.ledger_index)
            wanted = credential.to_be_signed(claims, kid=self.thief.kid)
            if enter:
                ledger.append(session, kind=EntryKind.CREDENTIAL, payload=wanted, now=clock.now())
        self.house.settle()
        made = credential.assemble(claims, kid=self.thief.kid, signature=self.thief.sign(wanted))
        return credential.to_address(made, origin=self.house.wired.config.origin)

    def answer(self, *words: str) -> str:
        """Type what docs/operations.md says."""
        at = self.at.isoformat()
        return self.house.run("keys", "compromised", "--kid", self.kid, "--at", at, *words).stdout


@pytest.fixture
def robbery(house: House) -> Robbery:
    """Give a house whose issuer key was copied between two signatures."""
    before = house.sign("siti")
    time.sleep(0.01)
    at = clock.now()
    thief = key_files.read_issuer(house.folder / keyring.ISSUER)
    return Robbery(house, thief, before, at, house.sign("joko"))


def test_from_a_forged_certificate_to_green_with_a_note(robbery: Robbery) -> None:
    house = robbery.house
    loose, entered = robbery.forge(enter=False), robbery.forge(enter=True)
    assert house.verdict_of(loose) == "TIDAK DIKENAL"
    assert house.verdict_of(entered) == "SAH"  # what the thief is after
    assert any("no credential stands behind it" in each for each in house.findings())

    robbery.answer()

    assert house.verdict_of(loose) == "TIDAK DIKENAL"
    assert house.verdict_of(entered) == "DITANGGUHKAN"
    assert house.verdict(robbery.before) == "SAH, KUNCI LAMA DITEGUHKAN"
    assert house.verdict(robbery.after) == "DITANGGUHKAN"
    assert house.verdict(house.sign("rini")) == "SAH"


def test_the_ledger_stays_clean_through_it_and_the_new_set_follows_from_the_old(robbery: Robbery) -> None:
    known = robbery.house.key_set()
    robbery.answer()
    found = robbery.house.key_set()
    lost = found.compromised[robbery.thief.kid]
    assert robbery.before.ledger_index < lost.size <= robbery.after.ledger_index
    assert found.signer != known.signer
    assert found.endorsements[found.signer].by == robbery.thief.kid
    robbery.house.sign("rini")
    assert robbery.house.findings() == []


def test_the_owner_of_a_later_certificate_signs_again_and_counts_once(robbery: Robbery) -> None:
    house, old = robbery.house, robbery.after
    robbery.answer()
    counted = house.signed()
    visitor = house.visitor("joko")
    page = visitor.get(f"/sertifikat/{old.number}").get_data(as_text=True)
    assert "Tanda tangani sekali lagi" in page
    assert visitor.get("/pakta/status", headers={"Accept": "application/json"}).get_json()["signed"] is False
    reading = visitor.get("/pakta")
    assert reading.status_code == 200
    assert "Kunci penerbit bocor" in reading.get_data(as_text=True)

    new = house.sign("joko")

    assert (house.verdict(new), house.verdict(house.again(old))) == ("SAH", "DICABUT")
    assert house.signed() == counted
    assert house.findings() == []
    assert house.visitor("joko").get("/pakta").status_code == 302
    with pytest.raises(Refusal) as refused:
        house.sign("joko")
    assert refused.value.reason == Reason.SUDAH_MENANDATANGANI


def test_who_signed_before_the_theft_is_not_asked_again(robbery: Robbery) -> None:
    robbery.answer()
    page = robbery.house.visitor("siti").get(f"/sertifikat/{robbery.before.number}").get_data(as_text=True)
    assert "Tanda tangani sekali lagi" not in page
    with pytest.raises(Refusal) as refused:
        robbery.house.sign("siti")
    assert refused.value.reason == Reason.SUDAH_MENANDATANGANI


def test_a_stop_reaches_a_running_process_in_time_and_lets_go_again(house: House) -> None:
    house.sign("siti")
    house.activate("joko")
    begun = time.monotonic()
    house.run_apart("keys", "stop")
    with pytest.raises(Refusal) as refused:
        house.sign("joko")
    assert refused.value.reason == Reason.ISSUING_STOPPED
    assert time.monotonic() - begun < LIMIT
    page = house.visitor("joko").post("/pakta/siapkan", data={"butir": []})
    assert page.status_code in (400, 422)
    house.run("keys", "resume")
    assert house.verdict(house.sign("joko")) == "SAH"
    assert "tidak sedang dihentikan" in house.run("keys", "resume").stdout


def test_a_stop_by_hand_outlives_the_command_that_marks_the_key(robbery: Robbery) -> None:
    robbery.house.run("keys", "stop")
    assert "masih dihentikan" in robbery.answer()
    with pytest.raises(Refusal) as refused:
        robbery.house.sign("rini")
    assert refused.value.reason == Reason.ISSUING_STOPPED
    robbery.house.run("keys", "resume")
    assert robbery.house.verdict(robbery.house.sign("rini")) == "SAH"


@pytest.mark.parametrize("step", ["prepare_issuer", "mark", "take_over", "announce"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_broken_off_at_any_step_it_is_typed_again(
    robbery: Robbery, step: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, commands = robbery.house, "pakta.commands.keys"
    target = f"{commands}.compromise.announce" if step == "announce" else f"{commands}.succession.{step}"
    with monkeypatch.context() as patched:
        patched.setattr(target, broken(target, when))
        with pytest.raises(AssertionError):
            robbery.answer()
    if not (step == "announce" and when == "after"):
        with pytest.raises(Refusal):
            house.sign("rini")
    robbery.answer()
    assert list(house.key_set().compromised) == [robbery.thief.kid]
    assert len(house.key_set().issuer_keys) == 2
    assert house.verdict(house.sign("rini")) == "SAH"
    assert house.verdict(robbery.before) == "SAH, KUNCI LAMA DITEGUHKAN"
    assert house.findings() == []


def broken(target: str, when: str) -> object:
    """Return a function that breaks off before or after it does what the one at `target` does."""
    module, name = target.rsplit(".", 1)
    real = getattr(succession if module.endswith("succession") else compromise, name)

    def break_off(*args: object, **options: object) -> object:
        if when == "after":
            real(*args, **options)
        raise KeyboardInterrupt

    return break_off


def test_unknown_keys_and_impossible_times_are_refused(robbery: Robbery) -> None:
    house, version = robbery.house, robbery.house.key_set().version
    later = (clock.now() + timedelta(hours=1)).isoformat()
    for kid, at, reason in (
        ("00" * 8, robbery.at.isoformat(), "ISSUER_KEY_UNKNOWN"),
        (robbery.kid, later, "COMPROMISE_TIME"),
        (robbery.kid, "kemarin", "COMPROMISE_TIME"),
        (robbery.kid, "2026-11-23T08:15:00", "COMPROMISE_TIME"),
    ):
        assert reason in house.run("keys", "compromised", "--kid", kid, "--at", at, code=1).stderr
    assert house.key_set().version == version
    house.sign("rini")  # nothing was stopped


def test_a_key_is_marked_earlier_when_more_is_known_and_never_later(robbery: Robbery) -> None:
    house = robbery.house
    robbery.answer()
    words = ("keys", "compromised", "--kid", robbery.kid, "--at")
    later = (robbery.at + timedelta(seconds=2)).isoformat()
    time.sleep(2)
    assert "COMPROMISE_TIME" in house.run(*words, later, code=1).stderr
    house.run(*words, "2026-01-01T00:00:00+07:00")
    assert house.key_set().compromised[robbery.thief.kid].size == 0
    assert house.verdict(robbery.before) == "DITANGGUHKAN"
    assert house.findings() == []


def test_a_key_retired_long_ago_can_be_marked_too(house: House) -> None:
    first, old = house.sign("siti"), kid_of(house)
    house.run("keys", "rotate")
    present = kid_of(house)
    house.run("keys", "compromised", "--kid", old, "--at", clock.now().isoformat())
    assert kid_of(house) == present != old
    assert house.verdict(first) == "SAH, KUNCI LAMA DITEGUHKAN"
    assert house.verdict(house.sign("joko")) == "SAH"
    assert house.findings() == []


def test_what_the_lost_key_signs_after_it_was_given_up_is_named(robbery: Robbery) -> None:
    house = robbery.house
    robbery.answer()
    house.sign("rini")
    with house.app.app_context():
        with transaction() as session:
            row = certificates.of_person(session, person_id=house.person("rini").id)[0]
            claims = credential.parse(row.cose or b"").claims
            wanted = credential.to_be_signed(claims, kid=robbery.thief.kid)
            row.cose = credential.assemble(claims, kid=robbery.thief.kid, signature=robbery.thief.sign(wanted))
        db.session.remove()
    assert any("given up before" in each for each in house.findings())


def test_a_mark_over_another_root_is_named(robbery: Robbery) -> None:
    house = robbery.house
    lost = replace_root(robbery)
    assert any(f"key {lost} holds is not the ledger's" in each for each in house.findings())


def replace_root(robbery: Robbery) -> str:
    """Answer the theft, but with a root that is not the ledger's."""
    house = robbery.house
    robbery.answer()
    found = key_files.read_issuers(house.folder).history.compromised[robbery.thief.kid]
    succession.mark(house.folder, kid=robbery.thief.kid, compromise=replace(found, root=b"\1" * 32))
    house.wired.keyring.reload()
    house.settle()
    return robbery.kid


def test_with_witnesses_only_a_witnessed_head_counts(robbery: Robbery) -> None:
    house, witness = robbery.house, Ed25519PrivateKey.generate()
    public = witness.public_key().public_bytes_raw()
    policy = house.folder.parent / "policy.txt"
    policy.write_text(f"witness saksi {cosignature.vkey(name='saksi', public_key=public)}\nquorum saksi\n")
    found = configuration.from_environment({**house.surroundings, "PAKTA_WITNESSES": str(policy)})
    lost_at = clock.now()
    with house.app.app_context():
        session, ring = db.session(), house.wired.keyring
        ask = partial(compromise.before, session, now=clock.now(), keyring=ring, config=found)
        heads = session.query(Checkpoint).where(Checkpoint.signed_at < lost_at).order_by(Checkpoint.size).all()
        assert len(heads) > 1
        assert ask(at=lost_at).size == 0  # nobody had cosigned a head
        body, at = heads[0].note.partition(b"\n\n")[0] + b"\n", int(lost_at.timestamp()) - 5
        line = cosignature.sign(body, at=at, name="saksi", public_key=public, sign=witness.sign).encode()
        vkey, moment = cosignature.vkey(name="saksi", public_key=public), datetime.fromtimestamp(at, UTC)
        session.add(
            Cosignature(
                size=heads[0].size, key=public, witness="saksi", vkey=vkey, line=line, cosigned_at=moment,
                received_at=moment,
            )
        )  # fmt: skip
        session.flush()
        assert ask(at=lost_at).size == heads[0].size < heads[-1].size
        early = datetime.fromtimestamp(at - 1, UTC)
        assert ask(at=early).size == 0  # not yet cosigned then
        session.rollback()
