"""The seal's life: its lists of revocations, its rotation, and what follows when one was lost."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import select

from pakta import keyring
from pakta.certificates import documents as sealed_documents
from pakta.certificates import filing
from pakta.certificates import service as certificates
from pakta.certificates.models import Document
from pakta.commands import seals
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.keyring import SealKey, chain
from pakta.keyring import folder as key_files
from pakta.keyring.files import KeysMissing
from pakta.web import clock, display
from tests import documents, make
from tests.keyring.house import House, broken_off
from tests.timestamping.authority import Authority
from tests.timestamping.fixtures import authority as authority
from tests.timestamping.fixtures import running as running
from tests.verification.test_views import post


def lembar(house: House, who: str) -> bytes:
    """Return a person's sealed lembar, by the running server's keys."""
    with house.app.app_context():
        row = certificates.of_person(db.session(), person_id=house.person(who).id)[0]
        return filing.file_of(
            row, kind="lembar", display=display.moment, now=clock.now(),
            keyring=house.wired.keyring, config=house.wired.config,
        )  # fmt: skip


def restart(house: House) -> SealKey:
    """Start the service again: it reads its seal."""
    house.wired.keyring.seal = keyring.load(house.folder).seal
    return house.wired.keyring.seal


def test_a_new_seal_has_a_list_that_revokes_nothing_and_one_that_is_kept_back(house: House) -> None:
    seal = house.wired.keyring.seal
    leaf, root = seal.chain
    assert seal.crl is not None
    kept = x509.load_der_x509_crl((house.folder / key_files.list_file(root, lost=True)).read_bytes())
    key = root.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    for each in (seal.crl, kept):
        assert each.is_signature_valid(key)
        assert each.last_update_utc <= clock.now()
        assert each.next_update_utc == leaf.not_valid_after_utc
    assert len(seal.crl) == 0
    revoked = kept.get_revoked_certificate_by_serial_number(leaf.serial_number)
    assert revoked is not None
    assert revoked.revocation_date_utc == leaf.not_valid_before_utc
    assert revoked.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.key_compromise
    numbers = [each.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for each in (seal.crl, kept)]
    assert numbers == [1, 2]
    assert {oct(path.stat().st_mode & 0o777) for path in house.folder.glob("*.crl")} == {"0o600"}


def test_the_list_is_served_where_the_certificate_says(house: House) -> None:
    seal = house.wired.keyring.seal
    (point,) = seal.chain[0].extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert point.full_name is not None
    url = str(point.full_name[0].value)
    assert url.startswith(f"{make.ORIGIN}/segel/")
    answer = house.visitor().get(url.removeprefix(make.ORIGIN))
    assert answer.status_code == 200
    assert answer.mimetype == "application/pkix-crl"
    assert "public" in answer.headers["Cache-Control"]
    assert x509.load_der_x509_crl(answer.data) == seal.crl
    assert house.visitor().get("/segel/0123456789abcdef.crl").status_code == 404


def test_elsewhere_than_on_this_machine_the_list_is_served_by_https() -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    assert chain.address(key, host="pakta.kota.example").startswith("https://pakta.kota.example/segel/")


def test_from_the_first_seal_through_the_change_both_documents_are_good(house: House, tmp_path: Path) -> None:
    house.sign("siti")
    house.sign("joko")
    first = lembar(house, "siti")
    before = house.wired.keyring.seal
    house.run("keys", "rotate", "--seal", "--yes")
    after = restart(house)
    second = lembar(house, "joko")
    assert before.chain[-1] in after.roots
    assert after.chain[-1] != before.chain[-1]
    assert lembar(house, "siti") == first  # what is stored stays as it is
    for content in (first, second):
        (tmp_path / "judged.pdf").write_bytes(content)
        said = house.run("verify", str(tmp_path / "judged.pdf")).stdout
        assert said.startswith("SAH\n")
        assert "Segel utuh (PAdES B-B)" in said
        assert "Signature is Valid" in documents.run("pdfsig", tmp_path / "judged.pdf")
        assert "PDF_SEAL_LOST" not in page_on(house, content)
    assert {f"/segel/{chain.id_of(each)}.crl" for each in after.roots} == {
        path for path in served(house, *after.roots)
    }


def page_on(house: House, content: bytes) -> str:
    """Return what /periksa says of a file."""
    return post(house.visitor(), "/periksa/berkas", berkas=(io.BytesIO(content), "lembar.pdf"))[1]


def served(house: House, *roots: x509.Certificate) -> Iterator[str]:
    """Yield the addresses of the lists that are served."""
    for root in roots:
        path = f"/segel/{chain.id_of(root)}.crl"
        if house.visitor().get(path).status_code == 200:
            yield path


def test_files_of_a_lost_seal_are_refused_and_made_anew(house: House, tmp_path: Path) -> None:
    house.sign("siti")
    house.sign("joko")
    first, kept = lembar(house, "siti"), house.wired.keyring.seal
    lembar(house, "joko")
    said = house.run("keys", "rotate", "--seal", "--lost", "--yes").stdout
    assert chain.id_of(kept.chain[-1]) in said
    assert "SEKARANG" in said
    (tmp_path / "old.pdf").write_bytes(first)
    assert "PDF_SEAL_LOST" in house.run("verify", str(tmp_path / "old.pdf"), code=1).stdout
    seal = restart(house)
    assert "mengunduh lembarnya sekali lagi" in page_on(house, first)
    path = f"/segel/{chain.id_of(kept.chain[-1])}.crl"
    served_now = x509.load_der_x509_crl(house.visitor().get(path).data)
    assert served_now.get_revoked_certificate_by_serial_number(kept.chain[0].serial_number) is not None
    assert seal.crl is not None
    assert len(seal.crl) == 0
    second = lembar(house, "siti")
    assert second != first
    assert lembar(house, "siti") == second
    (tmp_path / "new.pdf").write_bytes(second)
    assert house.run("verify", str(tmp_path / "new.pdf")).stdout.startswith("SAH\n")
    assert "Signature is Valid" in documents.run("pdfsig", tmp_path / "new.pdf")
    assert house.findings() == []
    listed = house.run("keys", "list").stdout
    assert f"id {chain.id_of(kept.chain[-1])}  HILANG" in listed


def test_two_processes_that_make_a_lost_seals_file_anew_give_the_same_one(house: House) -> None:
    house.sign("siti")
    lembar(house, "siti")
    with house.app.app_context():
        row = db.session().execute(select(Document).where(Document.kind == "lembar")).scalar_one()
        old = row.mark
        made = [
            sealed_documents.Made(row.credential_id, "lembar", name, name, clock.now(), "B-B")
            for name in (b"first", b"second")
        ]
        db.session.rollback()
        kept = []
        for each in made:
            with transaction() as session:
                kept.append(sealed_documents.keep(session, made=each, lost=old).content)
    assert kept == [b"first", b"first"]


def test_owners_are_told_to_download_again_what_a_lost_seal_sealed(house: House) -> None:
    for who in ("siti", "joko"):
        house.sign(who)
    lembar(house, "siti")
    assert told_to_fetch(house, "siti") == [False, False]
    house.run("keys", "rotate", "--seal", "--lost", "--yes")
    restart(house)
    assert told_to_fetch(house, "siti") == [True, True]
    assert told_to_fetch(house, "joko") == [False, False]  # who never had a file
    lembar(house, "siti")
    assert told_to_fetch(house, "siti") == [False, False]


def told_to_fetch(house: House, who: str) -> list[bool]:
    """Say whether the page of a person's certificate and their notices tell them to download it again."""
    with house.app.app_context():
        number = certificates.of_person(db.session(), person_id=house.person(who).id)[0].number
    client = house.visitor(who)
    return [
        "Unduh berkas Anda sekali lagi" in client.get(path).text
        for path in (f"/sertifikat/{number}", "/pemberitahuan")
    ]


def test_it_is_asked_before_a_seal_is_replaced(house: House) -> None:
    before = house.wired.keyring.seal
    said = house.run("keys", "rotate", "--seal", code=1).stdout
    assert ("yang bersegel lama tetap diakui" in said, "tidak dapat dibatalkan" in said) == (True, False)
    assert keyring.load(house.folder).seal.chain == before.chain


def test_it_is_asked_before_a_seal_is_called_lost(house: House) -> None:
    before = house.wired.keyring.seal
    assert "tidak dapat dibatalkan" in house.run("keys", "rotate", "--seal", "--lost", code=1).stdout
    assert keyring.load(house.folder).seal.chain == before.chain
    assert "--seal" in house.run("keys", "rotate", "--lost", "--yes", code=1).stderr


def test_an_earlier_seal_can_be_called_lost_later(house: House) -> None:
    house.sign("siti")
    first, old = lembar(house, "siti"), house.wired.keyring.seal.chain[-1]
    house.run("keys", "rotate", "--seal", "--yes")
    assert (
        "rotate --seal --lost"
        in house.run("keys", "lost", chain.id_of(restart(house).chain[-1]), "--yes", code=1).stderr
    )
    assert "keys list" in house.run("keys", "lost", "0" * 16, "--yes", code=1).stderr
    house.run("keys", "lost", chain.id_of(old), "--yes")
    assert restart(house).lost == (old,)
    assert "PDF_SEAL_LOST" in page_on(house, first) or "mengunduh lembarnya sekali lagi" in page_on(house, first)
    assert lembar(house, "siti") != first


def test_a_seal_that_was_made_without_lists_goes_on_and_can_be_lost_too(house: House, tmp_path: Path) -> None:
    house.sign("siti")
    old_folder(house)
    seal = restart(house)
    assert seal.crl is None
    first = lembar(house, "siti")
    (tmp_path / "old.pdf").write_bytes(first)
    assert house.run("verify", str(tmp_path / "old.pdf")).stdout.startswith("SAH\n")
    assert "tanpa daftar cabut (CRL)" in house.run("keys", "list").stdout
    house.run("keys", "rotate", "--seal", "--lost", "--yes")
    assert "tanpa daftar cabut (CRL)" not in house.run("keys", "list").stdout
    assert "PDF_SEAL_LOST" in house.run("verify", str(tmp_path / "old.pdf"), code=1).stdout
    restart(house)
    assert house.visitor().get(f"/segel/{chain.id_of(seal.chain[-1])}.crl").status_code == 404
    assert lembar(house, "siti") != first


def old_folder(house: House) -> None:
    """Take away what an earlier version did not make."""
    for path in house.folder.glob("*.crl"):
        path.unlink()


def test_a_list_of_another_seal_is_refused_at_the_start(house: House, tmp_path: Path) -> None:
    keyring.create(tmp_path / "other", host="localhost:5000", city="Kota Mojokerto")
    theirs = next(path for path in (tmp_path / "other").glob("*.crl") if "lost" not in path.name)
    ours = house.folder / key_files.list_file(house.wired.keyring.seal.chain[-1], lost=False)
    for content in (theirs.read_bytes(), b"no list"):
        ours.write_bytes(content)
        with pytest.raises(KeysMissing, match=ours.name):
            keyring.load(house.folder)


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6, 7, 8, 9])
def test_a_loss_broken_off_at_any_step_is_typed_again_and_only_the_lost_seal_is_lost(house: House, at: int) -> None:
    house.sign("siti")
    first, old = lembar(house, "siti"), house.wired.keyring.seal.chain[-1]
    with broken_off(at):
        house.run("keys", "rotate", "--seal", "--lost", "--yes", code=1)
    between = restart(house)
    if between.is_lost:
        with pytest.raises(Refusal) as refused:
            lembar(house, "siti")
        assert refused.value.reason is Reason.KEY_UNREACHABLE
    house.run("keys", "rotate", "--seal", "--lost", "--yes")
    assert restart(house).lost == (old,)
    assert house.wired.keyring.seal.earlier == (old,)  # no third seal was made
    assert not house.wired.keyring.seal.is_lost
    assert lembar(house, "siti") != first


def test_who_lists_the_keys_is_told_when_the_seal_ends_too_soon(house: House) -> None:
    seal, now = house.wired.keyring.seal, clock.now()
    assert list(seals.warnings(seal, now=now)) == []
    late = now + chain.SEAL_VALID - chain.COVERS + timedelta(days=1)
    assert any("lebih lama" in each for each in seals.warnings(seal, now=late))
    assert any("sudah berakhir" in each for each in seals.warnings(seal, now=now + chain.SEAL_VALID))
    assert any("CRL" in each for each in seals.warnings(replace(seal, crls={}), now=now))
    assert list(seals.warnings(replace(seal, crls={}), now=now, archive=False)) == []


def test_in_a_token_the_seal_is_rotated_and_lost_as_well(token: Path, tmp_path: Path, app: Flask) -> None:
    made = tmp_path / "in-token"
    keyring.create(made, host="localhost:5000", city="Kota Mojokerto", in_token=True)
    house = House(make.app(make.config(app.extensions["pakta"].config.database_url, made))).build(signed=["siti"])
    first, old = lembar(house, "siti"), house.wired.keyring.seal.chain[-1]
    house.run("keys", "rotate", "--seal", "--lost", "--yes", "--token", "--destroy")
    seal = restart(house)
    assert seal.lost == (old,)
    assert b"pkcs11:" in (made / keyring.SEAL).read_bytes()
    second = lembar(house, "siti")
    assert second != first
    (tmp_path / "new.pdf").write_bytes(second)
    assert "Signature is Valid" in documents.run("pdfsig", tmp_path / "new.pdf")


def test_stored_levels_tell_what_was_reached(house: House, authority: Authority) -> None:
    wired = house.wired
    house.app.extensions["pakta"] = replace(
        wired, config=replace(wired.config, timestamps=authority.settings(archive=True))
    )
    house.sign("siti")
    lembar(house, "siti")
    with house.app.app_context():
        assert db.session().execute(select(Document.level)).scalars().all() == ["B-LTA"]
