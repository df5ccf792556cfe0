"""Rotation: a new key takes over, the old one vouches for it, and what the old one signed stays good."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pakta import keyring
from pakta.certificates import compromise, filing, issuing
from pakta.certificates import service as certificates
from pakta.core import keyset
from pakta.core.errors import Reason, Refusal
from pakta.database import db
from pakta.keyring import folder as key_files
from pakta.keyring import succession
from pakta.keyring.files import KeysMissing, exclusively
from pakta.web import clock, display
from tests.keyring.house import House, broken_off, kid_of


def sealed(house: House, who: str) -> Path:
    """Write a person's sealed lembar to a file, by the running server's keys."""
    with house.app.app_context():
        row = certificates.of_person(db.session(), person_id=house.person(who).id)[0]
        content = filing.file_of(
            row, kind="lembar", display=display.moment, now=clock.now(),
            keyring=house.wired.keyring, config=house.wired.config,
        )  # fmt: skip
        path = house.folder.parent / f"{who}.pdf"
        path.write_bytes(content)
    return path


def test_a_running_server_signs_with_the_new_key_and_old_certificates_stay_green(house: House) -> None:
    first, known, old = house.sign("siti"), house.key_set(), kid_of(house)
    house.run("keys", "rotate", "--issuer")
    second, found = house.sign("joko"), house.key_set()
    assert house.wired.keyring.issuer.kid.hex() == kid_of(house) != old
    assert found.signer.hex() == kid_of(house)
    assert set(known.issuer_keys) < set(found.issuer_keys)
    keyset.verify_continues(found, known=known)
    assert (house.verdict(first), house.verdict(second)) == ("SAH", "SAH")
    assert house.findings() == []


def test_whoever_knew_only_the_first_key_follows_over_several(house: House) -> None:
    house.sign("siti")
    known = house.key_set()
    for _ in range(3):
        house.run("keys", "rotate", "--destroy")
    keyset.verify_continues(house.key_set(), known=known)
    assert len(house.key_set().issuer_keys) == 4


def test_the_key_set_stands_in_the_ledger_before_anything_that_the_new_key_signed(house: House) -> None:
    house.sign("siti")
    house.run("keys", "rotate")
    row = house.sign("joko")
    with house.app.app_context():
        sets = db.session().execute(db.text("SELECT max(ledger_index) FROM key_sets")).scalar_one()
        lists = db.session().execute(db.text("SELECT max(ledger_index) FROM status_lists")).scalar_one()
    assert sets < lists < row.ledger_index


def test_the_old_private_key_is_kept_apart_or_destroyed(house: House) -> None:
    old = kid_of(house)
    house.run("keys", "rotate")
    retired = house.folder / succession.RETIRED
    kept = retired / f"issuer-{old}.pem"
    assert stat.S_IMODE(retired.stat().st_mode) == 0o700
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert key_files.read_issuer(kept).kid.hex() == old
    assert f"Dimusnahkan: {kept.name}" in house.run("keys", "rotate", "--destroy").stdout
    assert list(retired.iterdir()) == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["prepare_issuer", "take_over", "announce"])
def test_broken_off_at_any_step_it_is_typed_again(
    house: House, step: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = house.sign("siti")
    module = compromise if step == "announce" else succession
    real = getattr(module, step)

    def break_off(*args: object, **options: object) -> None:
        if when == "after":
            real(*args, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, step, break_off)
        house.run("keys", "rotate", code=1)
    assert house.verdict(house.sign("rini")) == "SAH"  # whatever was broken off, the server signs
    house.run("keys", "rotate")
    assert len(house.key_set().issuer_keys) == 2
    assert (house.verdict(first), house.verdict(house.sign("joko"))) == ("SAH", "SAH")
    assert house.findings() == []


def test_a_server_whose_folder_lacks_the_new_key_signs_nothing(house: House) -> None:
    house.sign("siti")
    house.activate("joko")
    stale = house.wired.keyring.issuers
    house.run("keys", "rotate")
    house.wired.keyring.read_issuers = lambda: stale
    with pytest.raises(Refusal) as refused:
        house.sign("joko")
    assert refused.value.reason == Reason.ISSUER_REPLACED
    with pytest.raises(Refusal) as refused:
        house.settle()
    assert refused.value.reason == Reason.ISSUER_REPLACED
    with house.app.app_context():
        found = issuing.current(db.session())
    assert found is not None
    assert found.signer.hex() == kid_of(house)


def test_keys_of_an_old_backup_sign_nothing(house: House) -> None:
    house.sign("siti")
    old = {path: path.read_bytes() for path in house.folder.glob("issuer*")}
    house.run("keys", "rotate")
    house.sign("joko")
    (house.folder / "issuers.json").unlink()
    for path, content in old.items():
        path.write_bytes(content)
    assert "ISSUER_REPLACED" in house.run("keys", "rotate", code=1).stderr
    assert any("not those of the keyring" in each for each in house.findings())


def test_two_commands_never_change_keys_at_once(house: House) -> None:
    with exclusively(house.folder):
        assert "Perintah lain" in house.run("keys", "rotate", code=1).stderr
    house.run("keys", "rotate")


def test_a_history_without_the_key_that_signs_is_refused(house: House) -> None:
    old = (house.folder / keyring.ISSUER).read_bytes()
    house.run("keys", "rotate")
    history = house.folder / "issuers.json"
    told = history.read_text()
    history.write_text(told.replace(kid_of(house), old[:8].hex()))
    with pytest.raises(KeysMissing, match=r"issuers\.json"):
        keyring.load(house.folder)
    history.write_text("{")
    with pytest.raises(KeysMissing, match=r"issuers\.json"):
        keyring.load(house.folder)
    history.write_text(told)
    assert keyring.load(house.folder).issuer_keys()


def test_the_ledgers_key_is_not_rotated(house: House) -> None:
    before = (house.folder / keyring.LEDGER).read_bytes()
    assert "LEDGER_KEY_STAYS" in house.run("keys", "rotate", "--ledger", code=1).stderr
    assert (house.folder / keyring.LEDGER).read_bytes() == before


def test_files_of_the_old_seal_stay_ours_and_new_ones_carry_the_new_seal(house: House) -> None:
    house.sign("siti")
    house.sign("joko")
    old = sealed(house, "siti")
    house.run("keys", "rotate", "--seal", "--yes")
    said = house.run("verify", str(old)).stdout
    assert said.startswith("SAH\n")
    assert "Segel utuh" in said
    house.wired.keyring.seal = keyring.load(house.folder).seal  # the service was started again
    new = sealed(house, "joko")
    assert house.run("verify", str(new)).stdout.startswith("SAH\n")
    (house.folder / key_files.EARLIER_ROOTS).unlink()
    succession.tell(house.folder, host="localhost:5000")
    assert "PDF_OTHER_SEAL" in house.run("verify", str(old), code=1).stdout


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_a_change_of_seals_broken_off_at_any_rename_is_typed_again(house: House, at: int) -> None:
    root = keyring.load(house.folder).seal.chain[-1]
    with broken_off(at):
        house.run("keys", "rotate", "--seal", "--yes", code=1)
    keyring.load(house.folder)  # whatever was broken off, the server starts
    house.run("keys", "rotate", "--seal", "--yes")
    found = keyring.load(house.folder).seal
    assert found.chain[-1] != root
    assert root in found.roots
    assert not (house.folder / key_files.NEXT_CHAIN).exists()
