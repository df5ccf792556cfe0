"""What a handed-in file shows beside the verdict: each fact alone, and never the identity number."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from flask import Flask
from PIL import Image

from pakta.certificates import publishing, qr, seal, sheet
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import credential, evidence, keyset
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.core.policy import Policy
from pakta.core.verdict import Mark, Verdict, Word
from pakta.database import db, transaction
from pakta.ledger import proofs
from pakta.ledger import service as ledger
from pakta.selfcheck import service as selfcheck
from pakta.verification import document, files, pdf, service, words
from pakta.verification.document import Finding, Place
from pakta.web import clock
from tests import documents
from tests.people import KNOWN, City
from tests.verification.test_views import post

Examine = Callable[..., list[Finding]]


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    """Fill the app's database with the people of tests.people."""
    yield City(app).build()


@pytest.fixture
def siti(city: City) -> IssuedCredential:
    """Let Siti sign."""
    return city.sign("siti")


@pytest.fixture
def examine(city: City) -> Examine:
    """Give the examination by the city's own database, under a policy where one is named."""

    def judge(address: str) -> Verdict:
        config = city.wired.config
        return service.verdict_for_address(db.session(), address=address, config=config, now=clock.now())

    def run(content: bytes, *, policy: Policy | None = None) -> list[Finding]:
        with city.app.app_context():
            row = publishing.newest_key_set(db.session())
            place = Place(
                origin=city.wired.config.origin,
                relying_party="localhost",
                key_set=row.text if row else None,
                roots=city.wired.keyring.seal.roots,
                policy=policy,
            )
            return document.examine(content, place=place, judge=judge, now=clock.now())

    return run


def file_of(city: City, row: IssuedCredential, name: str, who: str = "siti") -> bytes:
    """Return a file of the certificate, as its owner downloads it."""
    answer = city.visitor(who).get(f"/sertifikat/{row.number}/{name}")
    assert answer.status_code == 200
    return answer.data


def attached(city: City, content: bytes) -> dict[str, bytes]:
    """Return what a sealed file carries."""
    facts = pdf.read(content, trust_roots=city.wired.keyring.seal.roots)
    files = {
        "credential.cose": facts.credential,
        "proof.tlog-proof": facts.proof,
        "evidence.json": facts.evidence,
        "enrolment.tlog-proof": facts.enrolment,
    }
    return {name: file for name, file in files.items() if file is not None}


def resealed(city: City, files: dict[str, bytes]) -> bytes:
    """Seal a file with our own key around what we never would have put into it."""
    made = sheet.render(documents.facts(), attachments=files, document_date=clock.now().replace(microsecond=0))
    return seal.seal(made, key=city.wired.keyring.seal, signed_at=clock.now(), city="Kota Mojokerto")


def marks(finding: Finding) -> list[str]:
    """Return how seal, reach, credential, proof and own signature ended."""
    return [mark for mark, _text in finding.facts]


def test_a_lembar_shows_its_seal_and_proof_and_leaves_the_signature_open(
    city: City, siti: IssuedCredential, examine: Examine
) -> None:
    (found,) = examine(file_of(city, siti, "lembar.pdf"))
    assert found.verdict.word is Word.SAH
    assert marks(found) == ["yes", "yes", "yes", "yes", "unchecked"]


def test_a_berkas_bukti_shows_the_persons_own_signature_and_never_the_number(
    city: City, siti: IssuedCredential, examine: Examine
) -> None:
    content = file_of(city, siti, "berkas-bukti.pdf")
    (found,) = examine(content)
    assert found.verdict.word is Word.SAH
    assert marks(found) == ["yes"] * 5
    assert KNOWN["siti"].number not in str(found)
    page = upload(city, content, "berkas.pdf")
    assert "Tanda tangan orangnya sendiri cocok" in page and KNOWN["siti"].number not in page


def test_the_evidence_of_somebody_else_does_not_fit(city: City, siti: IssuedCredential, examine: Examine) -> None:
    joko = city.sign("joko")
    own = attached(city, file_of(city, siti, "berkas-bukti.pdf"))
    other = attached(city, file_of(city, joko, "berkas-bukti.pdf", "joko"))
    (found,) = examine(resealed(city, {**own, "evidence.json": other["evidence.json"]}))
    assert marks(found) == ["yes", "yes", "yes", "yes", "no"]
    assert (found.verdict.word, found.verdict.reason) == (Word.UNKNOWN, Reason.PDF_PARTS_DIFFER)
    (found,) = examine(resealed(city, {**own, "enrolment.tlog-proof": other["enrolment.tlog-proof"]}))
    assert marks(found) == ["yes", "yes", "yes", "yes", "no"]
    (found,) = examine(resealed(city, {**own, "proof.tlog-proof": other["proof.tlog-proof"]}))
    assert marks(found) == ["yes", "yes", "yes", "no", "yes"]
    assert marks(examine(resealed(city, own))[0]) == ["yes"] * 5


def test_earlier_evidence_of_the_same_person_does_not_fit_a_later_pact(
    city: City, siti: IssuedCredential, examine: Examine
) -> None:
    """Name, number, key and text are all the same: only the hash in the credential tells the two apart."""
    earlier = attached(city, file_of(city, siti, "berkas-bukti.pdf"))
    with city.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=session.get_one(IssuedCredential, siti.id), status=Status.REVOKED,
            reason=ReasonClass.DATA_WRONG, now=clock.now(), keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    later = attached(city, file_of(city, city.sign("siti"), "berkas-bukti.pdf"))
    assert marks(examine(resealed(city, later))[0]) == ["yes"] * 5
    mixed = {**later, "evidence.json": earlier["evidence.json"]}
    assert marks(examine(resealed(city, mixed))[0]) == ["yes", "yes", "yes", "yes", "no"]


@pytest.mark.parametrize(("later", "mark"), [(-1, "no"), (0, "no"), (1, "yes")])
def test_a_pact_that_stands_before_its_key_in_the_ledger_is_called_wrong(
    city: City, siti: IssuedCredential, later: int, mark: str
) -> None:
    """Whoever issues could enter a credential first, and then a key of their own that fits it."""
    read = pdf.read(file_of(city, siti, "berkas-bukti.pdf"), trust_roots=city.wired.keyring.seal.roots)
    assert read.evidence is not None
    enrolled = evidence.parse(read.evidence).index
    claims = replace(credential.parse(read.credential).claims, ledger_index=enrolled + later)
    with city.app.app_context():
        row = publishing.newest_key_set(db.session())
        place = Place(city.wired.config.origin, "localhost", row.text if row else None, ())
        assert document._own_signature(read, place, claims)[0] == mark


def test_a_certificate_of_another_time_than_the_signature_is_called_wrong(city: City, siti: IssuedCredential) -> None:
    """A dishonest issuer: the person signed when they did, whatever the certificate says."""
    read = pdf.read(file_of(city, siti, "berkas-bukti.pdf"), trust_roots=city.wired.keyring.seal.roots)
    claims = credential.parse(read.credential).claims
    day = 24 * 3600
    of = [replace(claims, issued_at=claims.issued_at + later) for later in (0, -day, day)]
    with city.app.app_context():
        row = publishing.newest_key_set(db.session())
        place = Place(city.wired.config.origin, "localhost", row.text if row else None, ())
        assert [document._own_signature(read, place, each)[0] for each in of] == ["yes", "no", "no"]


def again(city: City, kind: EntryKind, payload: bytes) -> bytes:
    """Enter something that stands in the ledger once more, and return the proof of the second entry."""
    with city.app.app_context(), transaction() as session:
        index = ledger.append(session, kind=kind, payload=payload, now=clock.now())
    city.settle()
    with city.app.app_context():
        head = proofs.newest(db.session())
        assert head is not None
        return proofs.tlog_proof(db.session(), index=index, checkpoint=head)


def test_a_proof_of_the_same_entry_at_another_place_is_called_wrong(
    city: City, siti: IssuedCredential, examine: Examine
) -> None:
    """A dishonest issuer: what is entered twice must not be proven where it does not claim to stand."""
    own = attached(city, file_of(city, siti, "berkas-bukti.pdf"))
    record = evidence.parse(own["evidence.json"]).record
    signed = credential.parse(own["credential.cose"]).to_be_signed
    enrolled, entered = again(city, EntryKind.KEY_ENROLLED, record), again(city, EntryKind.CREDENTIAL, signed)
    assert marks(examine(resealed(city, own))[0]) == ["yes"] * 5
    (found,) = examine(resealed(city, {**own, "enrolment.tlog-proof": enrolled}))
    assert marks(found) == ["yes", "yes", "yes", "yes", "no"]
    (found,) = examine(resealed(city, {**own, "proof.tlog-proof": entered}))
    assert marks(found) == ["yes", "yes", "yes", "no", "yes"]


def test_a_pdf_changed_after_sealing_is_not_ours_any_more(
    city: City, siti: IssuedCredential, examine: Examine
) -> None:
    content = file_of(city, siti, "lembar.pdf")
    for changed in (content + b"\n", content[:2000] + b"X" + content[2001:]):
        (found,) = examine(changed)
        assert (found.verdict.word, found.verdict.reason) == (Word.UNKNOWN, Reason.PDF_CHANGED)
        assert marks(found) == ["no", *["unchecked"] * 4]
    page = upload(city, content + b"\n", "lembar.pdf")
    assert "TIDAK DIKENAL" in page and "diubah atau terpotong setelah disegel" in page and "Siti" not in page


def test_a_pdf_without_any_seal_is_never_good_nor_called_false(
    city: City, siti: IssuedCredential, examine: Examine
) -> None:
    plain = sheet.render(
        documents.facts(), attachments=documents.ATTACHED, document_date=clock.now().replace(microsecond=0)
    )
    (found,) = examine(plain)
    assert (found.verdict.word, found.verdict.reason) == (Word.UNCHECKED, Reason.PDF_NOT_SEALED)
    assert found.facts[0] == (Mark.NO, words.SEALS[Reason.PDF_NOT_SEALED])
    assert marks(found) == ["no", *["unchecked"] * 4]


def test_a_card_and_a_text_lead_to_the_same_verdict(city: City, siti: IssuedCredential, examine: Examine) -> None:
    (by_card,) = examine(file_of(city, siti, "kartu.png"))
    address = certificates.address(siti, config=city.wired.config)
    (by_text,) = examine(f"lihat {address}, terima kasih".encode())
    assert by_card.verdict == by_text.verdict
    assert by_card.verdict.word is Word.SAH
    (by_card_alone,), (by_text_alone,) = by_card.facts, by_text.facts
    assert by_card_alone == ("unchecked", words.ALONE["picture"]) and by_text_alone == (
        "unchecked",
        words.ALONE["text"],
    )


def test_a_file_with_more_certificates_than_are_looked_at_is_refused_whole(
    city: City, siti: IssuedCredential, examine: Examine
) -> None:
    """A bad one at the end, beyond whatever is looked at, must not pass for good."""
    good = certificates.address(siti, config=city.wired.config)
    lines = [good, *(f"{good}{at}" for at in range(document.MOST - 1))]
    found = examine("\n".join(lines).encode())
    assert [each.verdict.good for each in found] == [True] + [False] * (document.MOST - 1)
    for late in ("\n".join((*lines, f"{good}99")), "\n".join(lines) + " " * 100_000 + f"{good}99"):
        with pytest.raises(Refusal) as refused:
            examine(late.encode())
        assert refused.value.reason is Reason.FILE_HOLDS_MANY


def test_a_picture_with_more_codes_than_are_looked_at_is_refused_whole(examine: Examine) -> None:
    codes = [qr.image(f"https://lain.example/{at}", pixels=4).convert("L") for at in range(document.MOST + 1)]
    side = codes[0].width
    for count, wanted in ((document.MOST, None), (document.MOST + 1, Reason.FILE_HOLDS_MANY)):
        sheet_of_codes, out = Image.new("L", (3 * side, 3 * side), 255), io.BytesIO()
        for at, code in enumerate(codes[:count]):
            sheet_of_codes.paste(code, (at % 3 * side, at // 3 * side))
        sheet_of_codes.save(out, "PNG")
        if wanted is None:
            assert len(examine(out.getvalue())) == count
        else:
            with pytest.raises(Refusal) as refused:
                examine(out.getvalue())
            assert refused.value.reason is wanted


def test_a_picture_of_a_foreign_qr_is_told_so_and_not_followed(city: City, examine: Examine) -> None:
    picture = io.BytesIO()
    drawn = zxingcpp.create_barcode("https://jahat.example/v#123", zxingcpp.BarcodeFormat.QRCode)
    Image.fromarray(drawn.to_image(scale=8)).save(picture, "PNG")
    (found,) = examine(picture.getvalue())
    assert (found.verdict.word, found.verdict.reason) == (Word.UNKNOWN, Reason.OTHER_HOST)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"halo, apa kabar", Reason.IMAGE_FORMAT),
        (b"\0" * 100, Reason.IMAGE_FORMAT),
        (b"%PDF-1.7\nrusak", Reason.PDF_MALFORMED),
        (b"x" * (document.LARGEST + 1), Reason.FILE_TOO_LARGE),
    ],
    ids=["words", "zeros", "pdf", "large"],
)
def test_a_file_that_is_none_of_these_is_refused(examine: Examine, content: bytes, reason: Reason) -> None:
    try:
        (found,) = examine(content)
        assert (found.verdict.word, found.verdict.reason) == (Word.UNKNOWN, reason)
    except Refusal as refusal:
        assert refusal.reason is reason


def test_a_zip_that_stores_a_genuine_lembar_is_told_to_be_unpacked(
    city: City, siti: IssuedCredential, examine: Examine
) -> None:
    """Our own bundles are such; the lembar lies near its beginning, whole and yet at another place."""
    lembar = file_of(city, siti, "lembar.pdf")
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("lembar.pdf", lembar)
    with pytest.raises(Refusal) as refused:
        examine(bundle.getvalue())
    assert refused.value.reason is Reason.FILE_IS_ARCHIVE
    assert examine(lembar)[0].verdict.good


def upload(city: City, content: bytes, name: str) -> str:
    """Hand a file in as a browser does; return the page."""
    code, text = post(city.visitor(), "/periksa/berkas", berkas=(io.BytesIO(content), name))
    assert code == 200
    return text


def test_without_a_key_set_nothing_in_a_pdf_is_called_checked(
    city: City, siti: IssuedCredential, tmp_path: Path
) -> None:
    content = file_of(city, siti, "berkas-bukti.pdf")
    config = city.wired.config
    place = Place(config.origin, config.relying_party, None, city.wired.keyring.seal.roots)

    def judge(address: str) -> Verdict:
        with city.app.app_context():
            published = replace(files.from_database(db.session(), policy=None), key_set=None)
            return service.judge(published, address=address, origin=config.origin, policy=None, now=clock.now())

    (found,) = document.examine(content, place=place, judge=judge, now=clock.now())
    assert found.verdict.word is Word.UNCHECKED
    assert marks(found) == ["yes", "yes", "unchecked", "unchecked", "unchecked"]


def test_a_certificate_that_names_another_person_than_the_statement_is_noticed(
    city: City, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dishonest issuer: Joko's signature under a certificate with another name."""
    honest = certificates.credential.Claims

    def renamed(**members: object) -> object:
        return honest(**{**members, "name": "Orang Lain"})  # type: ignore[arg-type]

    monkeypatch.setattr(certificates.credential, "Claims", renamed)
    row = city.sign("joko")
    monkeypatch.undo()
    (found,) = examine(file_of(city, row, "berkas-bukti.pdf", "joko"))
    assert marks(found) == ["yes", "yes", "yes", "yes", "no"]
    with city.app.app_context():
        said = selfcheck.check(db.session(), keyring=city.wired.keyring, config=city.wired.config)
    assert any("names another person" in str(each) for each in said)


def test_a_file_from_before_the_ledgers_new_name_is_not_called_wrong(
    city: City, siti: IssuedCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ledger succeed` renames a ledger that lost entries; what was handed out before keeps the old name."""
    read = pdf.read(file_of(city, siti, "berkas-bukti.pdf"), trust_roots=city.wired.keyring.seal.roots)
    claims = credential.parse(read.credential).claims
    with city.app.app_context():
        row = publishing.newest_key_set(db.session())
    assert row is not None
    place = Place(city.wired.config.origin, "localhost", row.text, ())
    assert [document._proof(read, place)[0][0], document._own_signature(read, place, claims)[0]] == ["yes", "yes"]
    renamed = replace(keyset.verify(row.text, host="localhost:5000"), log_origin="localhost:5000/log/2")
    monkeypatch.setattr(document.keyset, "verify", lambda *_, **__: renamed)
    assert [document._proof(read, place)[0][0], document._own_signature(read, place, claims)[0]] == ["unchecked"] * 2
