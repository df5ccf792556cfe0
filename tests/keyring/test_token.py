"""Keys in a PKCS#11 token (SoftHSM): what they sign is checked by the same checks as ever, and by pdfsig."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ed25519

from pakta import keyring
from pakta.commands.main import main
from pakta.core import note, signature
from pakta.core.errors import Reason, Refusal
from pakta.database import db
from pakta.keyring import KeysMissing, succession
from pakta.keyring import folder as key_files
from pakta.keyring import token as tokens
from tests import documents, make
from tests.keyring.house import House, kid_of
from tests.keyring.test_rotation import sealed


@pytest.fixture
def folder(token: Path, tmp_path: Path) -> Path:
    """Give a folder whose three keys lie in a token."""
    made = tmp_path / "private"
    keyring.create(made, host="localhost:5000", city="Kota Mojokerto", in_token=True)
    return made


@pytest.fixture
def away(token: Path) -> Iterator[Path]:
    """Take the token away; a test may put it back."""
    gone = token.with_name("away")
    token.rename(gone)
    yield gone
    if gone.exists():
        gone.rename(token)


def test_a_city_runs_on_a_token(house: House, tmp_path: Path) -> None:
    row = house.sign("siti")
    assert house.verdict(row) == "SAH"
    pdf = sealed(house, "siti")
    assert "Signature is Valid" in documents.run("pdfsig", pdf)
    assert house.run("verify", str(pdf)).stdout.startswith("SAH\n")
    assert house.findings() == []
    checkpoint = house.app.test_client().get("/log/checkpoint").data
    note.verify(checkpoint, verifier_key=house.run("keys", "list").stdout.split("buku catatan")[1].split()[0])


def test_the_command_makes_the_keys_in_the_token_once(token: Path, tmp_path: Path) -> None:
    run = CliRunner(env={"PAKTA_KEYS": str(tmp_path / "new"), "PAKTA_INSTANCE": str(tmp_path)}).invoke
    made = run(main, ["keys", "new", "--token"])
    assert (made.exit_code, "ada di token" in made.stdout) == (0, True)
    assert "penerbit      kid " in run(main, ["keys", "list"]).stdout
    assert run(main, ["keys", "new", "--token"]).exit_code == 1


def test_nothing_private_lies_in_the_folder(folder: Path) -> None:
    assert all(b"PRIVATE" not in (folder / name).read_bytes() for name in keyring.PRIVATE)


class Loose:
    """A session with a token whose own defaults let keys out; what is asked for at their making goes before."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def create_domain_parameters(self, *words: Any, **named: Any) -> Loose:
        """Make the curve; the same object makes the keys."""
        self._curve = self._session.create_domain_parameters(*words, **named)
        return self

    def generate_keypair(self, *, private_template: dict[Any, Any], **named: Any) -> Any:
        """Make a key pair."""
        open_ = {pkcs11.Attribute.SENSITIVE: False, pkcs11.Attribute.EXTRACTABLE: True}
        return self._curve.generate_keypair(private_template=open_ | private_template, **named)


@pytest.mark.parametrize("edwards", [False, True])
def test_a_token_that_would_give_keys_out_is_told_not_to(token: Path, edwards: bool) -> None:
    looked_at = (pkcs11.Attribute.SENSITIVE, pkcs11.Attribute.EXTRACTABLE)

    def make_and_look(session: Any) -> list[list[bool]]:
        tokens._made(Loose(session), "uji", b"ours", edwards)
        ours = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, id=b"ours")
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            ours[pkcs11.Attribute.VALUE]
        kind, curve, how = tokens._kind(edwards)
        planted = Loose(session).create_domain_parameters(kind, curve, local=True)
        _, twin = planted.generate_keypair(id=b"twin", store=True, mechanism=how, private_template={})
        assert len(twin[pkcs11.Attribute.VALUE]) == 32  # so that the token does give out what it is not told to keep
        return [[bool(key[each]) for each in looked_at] for key in (ours, twin)]

    assert tokens.with_session("pakta uji", make_and_look) == [[True, False], [False, True]]


def test_many_threads_sign_at_once(folder: Path) -> None:
    ring = keyring.load(folder)
    messages = [b"%d" % at for at in range(64)]
    with ThreadPoolExecutor(8) as pool:
        signed = list(pool.map(ring.issuer.sign, messages))
    for message, each in zip(messages, signed, strict=True):
        signature.verify_es256(key=ring.issuer.public_key, signature=each, message=message)


def test_a_child_of_fork_opens_a_session_of_its_own_and_leaves_the_parents_alone(folder: Path) -> None:
    ring = keyring.load(folder)
    ring.ledger.sign(b"parent")
    assert tokens.is_open()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, ring.ledger.sign(b"child") if not tokens.is_open() else b"inherited")
        except BaseException as error:
            os.write(writing, repr(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        known = ed25519.Ed25519PublicKey.from_public_bytes(ring.ledger.public_bytes)
        answer = said.read()
    assert len(answer) == 64, answer
    known.verify(answer, b"child")
    known.verify(ring.ledger.sign(b"parent again"), b"parent again")


def test_a_lost_token_refuses_with_nothing_half_written_and_works_when_it_is_back(house: House, token: Path) -> None:
    house.sign("siti")
    house.activate("joko")
    gone = token.with_name("away")
    counted = house.signed(), entries(house)
    token.rename(gone)
    with pytest.raises(Refusal) as refused:
        house.sign("joko")
    assert refused.value.reason == Reason.KEY_UNREACHABLE
    assert (house.signed(), entries(house)) == counted
    assert make.app(house.wired.config)  # reading and verifying need no token
    gone.rename(token)
    assert house.verdict(house.sign("joko")) == "SAH"
    assert house.findings() == []


def entries(house: House) -> int:
    """Return how many entries stand in the ledger."""
    with house.app.app_context():
        return int(db.session().execute(db.text("SELECT count(*) FROM ledger_entries")).scalar_one())


def test_a_wrong_pin_is_a_refusal_at_signing_and_an_open_pin_file_at_start(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring, pin = keyring.load(folder), tmp_path / "pin.txt"
    pin.write_text("000000\n")
    tokens.close()
    with pytest.raises(Refusal) as refused:
        ring.issuer.sign(b"message")
    assert refused.value.reason == Reason.KEY_UNREACHABLE
    pin.write_text("481516\n")
    assert len(ring.issuer.sign(b"message")) == 64
    pin.chmod(0o644)
    with pytest.raises(KeysMissing, match="chmod 600"):
        keyring.load(folder)
    monkeypatch.delenv("PAKTA_PKCS11_PIN_FILE")
    with pytest.raises(KeysMissing, match="PAKTA_PKCS11_PIN_FILE"):
        keyring.load(folder)


def test_from_files_into_the_token_and_on_within_it(token: Path, database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    keyring.create(folder, host="localhost:5000", city="Kota Mojokerto")
    house = House(make.app(make.config(database_url, folder))).build()
    first, known = house.sign("siti"), kid_of(house)
    house.run("keys", "rotate", "--token")
    assert b"pkcs11:" in (folder / keyring.ISSUER).read_bytes()
    second, inside = house.sign("joko"), kid_of(house)
    reference = tokens.read((folder / keyring.ISSUER).read_bytes())
    house.run("keys", "rotate", "--token", "--destroy")
    third = house.sign("rini")
    assert len({known, inside, kid_of(house)}) == 3
    assert [house.verdict(each) for each in (first, second, third)] == ["SAH", "SAH", "SAH"]
    assert list((folder / succession.RETIRED).iterdir()) == []
    assert reference is not None
    with pytest.raises(Refusal):
        tokens.signer(reference)(b"destroyed")
    assert house.findings() == []
    with house.app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_a_token_that_is_not_there_makes_no_keys(away: Path, tmp_path: Path) -> None:
    with pytest.raises(KeysMissing, match="Token"):
        keyring.create(tmp_path / "none", host="localhost:5000", city="Kota", in_token=True)
    assert not (tmp_path / "none").exists()
    away.rename(away.with_name("tokens"))
    keyring.create(tmp_path / "none", host="localhost:5000", city="Kota", in_token=True)
    assert key_files.load(tmp_path / "none").issuer.kid


@pytest.mark.parametrize("content", [b"pkcs11:token=a\nnothing", b"pkcs11:\n", b"pkcs11:token=a;id=b\n", b"pkcs11:x"])
def test_a_malformed_reference_is_refused(content: bytes) -> None:
    with pytest.raises(KeysMissing, match="PKCS#11"):
        tokens.read(content)
    assert tokens.read(b"-----BEGIN PRIVATE KEY-----\n") is None
