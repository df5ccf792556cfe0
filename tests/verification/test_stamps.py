"""What binds an archive and a timestamp where nobody named their authority, and times that cannot be true."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

import pytest
from asn1crypto import cms, core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from pakta.core.errors import Reason, Refusal
from pakta.keyring import Keyring
from pakta.timestamps.level import Level
from pakta.verification import archive, pdf, seals, stamps
from pakta.verification.pdf import PdfFacts
from pakta.web import clock
from pakta.web.language import english, sentence
from tests import documents
from tests.attacks import archiving, edits
from tests.timestamping.authority import Authority
from tests.timestamping.fixtures import running as running
from tests.verification import lasting

Made = dict[Level, bytes]


@pytest.fixture(scope="module")
def made(keys: Keyring, running: Authority) -> Made:
    """Give a lembar of each level."""
    return {level: lasting.sealed(keys, running, level) for level in Level}


def read(content: bytes, keys: Keyring, *roots: x509.Certificate) -> PdfFacts | Reason:
    """Read a file, or return why it is refused."""
    try:
        return pdf.read(content, trust_roots=keys.seal.roots, authorities=roots)
    except Refusal as refusal:
        return refusal.reason


def der(*certificates: x509.Certificate) -> list[bytes]:
    """Return certificates as a store holds them."""
    return [each.public_bytes(Encoding.DER) for each in certificates]


def lists(keys: Keyring) -> list[bytes]:
    """Return our seal's list of revocations as a store holds it."""
    assert keys.seal.crl is not None
    return [keys.seal.crl.public_bytes(Encoding.DER)]


def by_a_stranger(made: Made, certificates: list[bytes], revocations: list[bytes]) -> bytes:
    """Return a file that we sealed for B-LTA, with a stranger's archive in place of ours."""
    return archiving.archived(lasting.cut(made[Level.B_LTA]), certificates, revocations)


@pytest.mark.parametrize("known", [False, True], ids=["no roots", "roots"])
def test_a_strangers_archive_of_ours_alone_is_unchecked_and_nothing_else_gets_in(
    made: Made, keys: Keyring, running: Authority, known: bool
) -> None:
    roots, ours = (running.root,) if known else (), der(*keys.seal.chain)
    facts = read(by_a_stranger(made, ours, lists(keys)), keys, *roots)
    assert isinstance(facts, PdfFacts) and facts.archived is not None
    assert (facts.level, facts.archived.stamp) == (Level.B_T if known else Level.B_B, None)
    assert [mark for mark, _ in told(facts)][-1] == "unchecked"
    refused = (
        ([*ours, *der(lasting.stranger())], lists(keys)),
        (ours, [*lists(keys), foreign_list(keys)]),
        ([*ours, archiving.RUBBISH], lists(keys)),
        (ours, [*lists(keys), b"bukan daftar"]),
    )
    for certificates, revocations in refused[: 2 if known else 4]:
        assert read(by_a_stranger(made, certificates, revocations), keys, *roots) is Reason.PDF_CHANGED


def told(facts: PdfFacts, *, later: timedelta = timedelta(0)) -> list[tuple[str, str]]:
    """Return what is shown of a file's seal at this time from now."""
    return [(str(mark), text) for mark, text in seals.facts(facts, fill=sentence, now=clock.now() + later)]


def test_the_level_of_a_seal_is_said_in_english_too(made: Made, keys: Keyring) -> None:
    claiming = read(made[Level.B_T], keys)
    assert isinstance(claiming, PdfFacts) and claiming.claimed is Level.B_T
    for facts, level in (
        (claiming, "claims PAdES B-T; with a timestamp, not checked"),
        (dataclasses.replace(claiming, claimed=None), "with a timestamp, not checked"),
    ):
        assert f"Seal intact ({level}), by " in english().text(told(facts)[0][1])


def foreign_list(keys: Keyring) -> bytes:
    """Return a list of revocations under our root's name, by another key."""
    made = x509.CertificateRevocationListBuilder().issuer_name(keys.seal.chain[-1].subject)
    made = made.last_update(documents.NOW).next_update(documents.NOW + timedelta(days=9))
    return made.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_list_of_another_key_is_refused_where_the_authority_is_known_too(
    made: Made, keys: Keyring, running: Authority
) -> None:
    crl = x509.load_der_x509_crl(foreign_list(keys))
    other = dataclasses.replace(keys.seal, crls=dict.fromkeys(keys.seal.crls, crl))
    content = lasting.archived(made, other, running, certificates=())
    assert read(content, keys, running.root) is Reason.PDF_CHANGED
    assert isinstance(read(lasting.archived(made, keys.seal, running, certificates=()), keys, running.root), PdfFacts)


@pytest.mark.parametrize("known", [False, True], ids=["no roots", "roots"])
def test_an_archive_with_the_timestamp_of_another_file_is_refused(
    made: Made, keys: Keyring, running: Authority, known: bool
) -> None:
    content, roots = made[Level.B_LTA], (running.root,) if known else ()
    begin, end = archive_string(content)
    other = archiving.token_over(b"sesuatu yang lain").hex().upper().encode()
    changed = content[: begin + 1] + other.ljust(end - begin - 2, b"0") + content[end - 1 :]
    assert read(changed, keys, *roots) is Reason.PDF_CHANGED
    assert isinstance(read(content, keys, *roots), PdfFacts)


def test_a_range_in_a_certificate_of_the_store_does_not_move_the_seals_string(made: Made, keys: Keyring) -> None:
    """All else is well: a stranger's certificate may stand there where their authority is not known."""
    content = lasting.cut(made[Level.B_LTA])
    shifted, says = archiving.aside(content)
    by = archiving.stranger(says.decode())
    store = [*der(*keys.seal.chain), by.tsa_cert.dump()]
    whole = archiving.archived(content, store, lists(keys), by=by)
    assert says in whole and isinstance(read(whole, keys), PdfFacts)
    moved = archiving.stamped_again(whole, shifted + whole[len(shifted) :], by=by)
    assert read(moved, keys) is Reason.PDF_CHANGED


def test_a_certificate_that_borrows_a_known_authoritys_name_and_key_is_refused(
    made: Made, keys: Keyring, running: Authority
) -> None:
    """It seems to have issued the authority's own, and may hold whatever its maker likes."""
    key = running.root.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    borrowed = Authority.builder(running.root.subject, running.root.subject, key, days=9, until=9)
    false = borrowed.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    content = lasting.archived(made, keys.seal, running, certificates=(false,))
    assert read(content, keys, running.root) is Reason.PDF_CHANGED
    content = lasting.archived(made, keys.seal, running, certificates=(running.root, running.certificate))
    assert isinstance(read(content, keys, running.root), PdfFacts)


def archive_string(content: bytes) -> tuple[int, int]:
    """Return where the string of the timestamp over the whole file begins and ends."""
    *_, last = edits.RANGE.finditer(content)
    return int(last[1]), int(last[2])


@pytest.mark.parametrize("known", [False, True], ids=["no roots", "roots"])
def test_a_seal_holds_one_timestamp_that_is_one(made: Made, keys: Keyring, running: Authority, known: bool) -> None:
    content, roots = made[Level.B_T], (running.root,) if known else ()
    (attribute,) = lasting.parts(lasting.unsigned_of(content))
    (token,) = lasting.parts(lasting.parts(attribute)[1])
    foreign = archiving.token_over(lasting.signature_of(content))
    junk = lasting.joined(b"\x30", archiving.DATA, lasting.joined(b"\xa0", lasting.joined(b"\x04", b"apa saja")))
    flipped = token[:-9] + bytes([token[-9] ^ 1]) + token[-8:]
    for good in ((token,), (foreign,)):  # of our authority, and of one that is not known
        assert isinstance(read(archiving.beside(content, *good), keys, *roots), PdfFacts)
    for bad in ((), (token, token), (token, foreign), (junk,), (flipped,), (with_more(token),)):
        assert read(archiving.beside(content, *bad), keys, *roots) is Reason.PDF_CHANGED


def with_more(token: bytes) -> bytes:
    """Put something beside the signature of a timestamp: nothing covers it."""
    info = cms.ContentInfo.load(token)
    signer = info["content"]["signer_infos"][0]
    signer["unsigned_attrs"] = [{"type": "1.2.3.4", "values": [core.OctetString(b"apa saja")]}]
    changed: bytes = info.dump(force=True)
    return changed


def test_a_seal_that_names_no_level_has_no_timestamp(made: Made, running: Authority) -> None:
    signer = cms.ContentInfo.load(lasting.seal_of(made[Level.B_T])[2])["content"]["signer_infos"][0]
    for claimed in (None, Level.B_B):
        with pytest.raises(Refusal):
            stamps.over_seal(signer, claimed=claimed, authorities=(running.root,))
    assert stamps.over_seal(signer, claimed=Level.B_T, authorities=(running.root,))


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"/V %d 0 R", 1), (b"/Size %d", 1), (b"/ByteRange [0 %d ", 1)],
    ids=["the field's value is not the timestamp", "another size", "a range that is not around the string"],
)
def test_numbers_of_the_archive_that_nothing_else_tells_are_held_to(
    made: Made, running: Authority, old: bytes, new: int
) -> None:
    content, end = made[Level.B_LTA], len(lasting.cut(made[Level.B_LTA]))
    pattern = re.compile(re.escape(old).replace(rb"%d", rb"(\d+)"))
    (found,) = pattern.finditer(content, end)
    changed = content[: found.start(1)] + b"%d" % (int(found[1]) + new) + content[found.end(1) :]
    archive.read(lasting.stamped_again(content, content, running), end=end)  # the twin: nothing changed
    with pytest.raises(Refusal):
        archive.read(lasting.stamped_again(content, changed, running), end=end)


@pytest.mark.parametrize(("name", "taken"), [("/Lain", True), ("/DSSLama", False)])
def test_a_catalog_that_speaks_of_a_store_already_gets_no_other(
    keys: Keyring, running: Authority, name: str, taken: bool
) -> None:
    def change(writer: lasting.Writer) -> None:
        writer.root[lasting.pdf_name(name)] = lasting.generic.NumberObject(1)
        writer.update_root()

    unsealed = lasting.revised(documents.unsealed(), change)
    content = lasting.sealed(keys, running, Level.B_LTA, unsealed=unsealed)
    assert isinstance(read(content, keys, running.root), PdfFacts) is taken


def test_what_is_believed_is_read_from_what_the_seal_covers(
    made: Made, keys: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though anything at all were let through after it."""
    content = lasting.revised(made[Level.B_B], lasting.attachment)
    monkeypatch.setattr(stamps, "over_file", lambda *_, **__: None)
    facts = read(content, keys)
    assert isinstance(facts, PdfFacts) and facts.credential == documents.ATTACHED["credential.cose"]
    monkeypatch.undo()
    assert read(content, keys) is Reason.PDF_CHANGED


def test_a_timestamp_before_its_seal_or_in_the_future_is_called_wrong(
    made: Made, keys: Keyring, running: Authority
) -> None:
    facts = read(made[Level.B_LTA], keys, running.root)
    assert isinstance(facts, PdfFacts)
    assert [mark for mark, _ in told(facts)] == ["yes"] * 4
    assert [mark for mark, _ in told(facts, later=-seals.AHEAD + timedelta(minutes=1))] == ["yes"] * 4
    assert ["masa depan" in text for _, text in told(facts, later=timedelta(days=-300))] == [False] * 4 + [True] * 2
    early = read(
        lasting.sealed(keys, running, Level.B_T, signed_at=clock.now() + timedelta(minutes=9)), keys, running.root
    )
    assert isinstance(early, PdfFacts)
    assert [mark for mark, _ in told(early)] == ["yes", "yes", "yes", "no"]
    assert "mendahului segelnya" in told(early)[-1][1]
