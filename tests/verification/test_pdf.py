"""A PDF is believed only byte for byte as we sealed it."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pakta import keyring
from pakta.certificates import seal
from pakta.core.errors import Reason, Refusal
from pakta.keyring import DOCUMENT_SIGNING, Keyring
from pakta.verification import pdf
from tests import documents


@pytest.fixture(scope="module")
def lembar(keys: Keyring) -> bytes:
    """Give a sealed lembar."""
    return documents.sealed(keys)


@pytest.fixture(scope="module")
def other_keys(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """Give the keys of somebody who calls themselves as we do."""
    folder = tmp_path_factory.mktemp("other") / "private"
    keyring.create(folder, host="localhost:5000", city="Kota Mojokerto")
    return keyring.load(folder)


def reason_of(content: bytes, keys: Keyring) -> Reason | None:
    """Return why a file is refused, or None where it is believed."""
    try:
        pdf.read(content, trust_roots=keys.seal.roots)
    except Refusal as refusal:
        return refusal.reason
    return None


def ended(content: bytes) -> bytes:
    """Return a file with the end that a PDF has."""
    return content + b"\nxref\n0 0\ntrailer\n<<>>\nstartxref\n%d\n%%%%EOF" % (len(content) + 1)


def test_a_lembar_that_was_cut_off_is_broken_and_not_somebody_elses(lembar: bytes, keys: Keyring) -> None:
    begin, end = string_of(lembar)
    for length in (1000, len(lembar) // 2, begin):
        assert reason_of(lembar[:length], keys) is Reason.PDF_MALFORMED
    for length in ((begin + end) // 2, end + 20):  # its seal is there, and does not cover it
        assert reason_of(lembar[:length], keys) is Reason.PDF_CHANGED
    assert reason_of(lembar, keys) is None


def string_of(content: bytes) -> tuple[int, int]:
    """Return where the seal's own string begins and ends."""
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+) \d+\]", content)
    assert found
    return int(found[1]), int(found[2])


def test_a_lembar_gives_what_is_attached(lembar: bytes, keys: Keyring) -> None:
    facts = pdf.read(lembar, trust_roots=keys.seal.roots)
    assert facts.credential == documents.ATTACHED["credential.cose"]
    assert facts.proof == documents.ATTACHED["proof.tlog-proof"]
    assert facts.evidence is None
    assert facts.sealed_at == documents.NOW
    assert "Kota Mojokerto" in facts.sealed_by


def test_a_berkas_bukti_gives_the_evidence_too(keys: Keyring) -> None:
    facts = pdf.read(documents.sealed(keys, attached=documents.EVIDENCE), trust_roots=keys.seal.roots)
    assert facts.evidence == documents.EVIDENCE["evidence.json"]
    assert facts.enrolment == documents.EVIDENCE["enrolment.tlog-proof"]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_single_changed_bit_outside_the_seals_own_string_is_refused(
    data: st.DataObject, keys: Keyring, lembar: bytes
) -> None:
    content = lembar
    begin, end = string_of(content)
    at = data.draw(st.integers(0, len(content) - 1 - (end - begin)))
    at = at if at < begin else at + end - begin
    changed = bytearray(content)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    assert reason_of(bytes(changed), keys) is not None


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_single_changed_bit_in_the_seals_own_string_is_refused(
    data: st.DataObject, keys: Keyring, lembar: bytes
) -> None:
    """Also where no signature reaches: names and certificates in the CMS, and the zeros after it."""
    begin, end = string_of(lembar)
    used = len(lembar[begin:end].rstrip(b"0>"))
    at = data.draw(st.one_of(st.integers(begin, begin + used), st.integers(begin, end - 1)))
    changed = bytearray(lembar)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    assert reason_of(bytes(changed), keys) in (Reason.PDF_CHANGED, Reason.PDF_OTHER_SEAL)


def with_certificates(content: bytes, *added: bytes) -> bytes:
    """Put further certificates into the seal's CMS: no signature covers them."""
    begin, end = string_of(content)
    info = cms.ContentInfo.load(bytes.fromhex(content[begin + 1 : end - 1].decode()))
    for each in added:
        held = cms.CertificateChoices("certificate", asn1_x509.Certificate.load(each))
        info["content"]["certificates"].append(held)
    string = info.dump(force=True).hex().upper().encode().ljust(end - begin - 2, b"0")
    return content[: begin + 1] + string + content[end - 1 :]


def test_the_seal_holds_each_certificate_once(keys: Keyring, lembar: bytes) -> None:
    begin, end = string_of(lembar)
    info = cms.ContentInfo.load(bytes.fromhex(lembar[begin + 1 : end - 1].decode()))
    held = [each.chosen.dump() for each in info["content"]["certificates"]]
    assert sorted(held) == sorted(each.public_bytes(Encoding.DER) for each in keys.seal.chain)


def test_no_certificate_but_the_seals_own_and_our_roots_can_be_put_into_a_seal(keys: Keyring, lembar: bytes) -> None:
    """Until November 2026 the seal's own stood there twice: those files stay ours."""
    own, root = (each.public_bytes(Encoding.DER) for each in keys.seal.chain)
    for known in (own, root):
        assert reason_of(with_certificates(lembar, known), keys) is None
        stranger = known[:-1] + bytes([known[-1] ^ 1])
        assert reason_of(with_certificates(lembar, stranger), keys) in (Reason.PDF_CHANGED, Reason.PDF_OTHER_SEAL)


def test_a_changed_letter_of_the_name_is_called_changed(lembar: bytes, keys: Keyring) -> None:
    at = lembar.index(b"stream\n") + 20
    changed = lembar[:at] + bytes([lembar[at] ^ 1]) + lembar[at + 1 :]
    assert reason_of(changed, keys) is Reason.PDF_CHANGED
    assert reason_of(lembar, keys) is None


def test_something_added_after_the_seal_is_called_changed(lembar: bytes, keys: Keyring) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(lembar), strict=False)
    writer.root["/Lang"] = generic.pdf_string("en")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    assert out.getvalue().startswith(lembar)
    assert reason_of(out.getvalue(), keys) is Reason.PDF_CHANGED
    assert reason_of(lembar + b"\n", keys) is Reason.PDF_CHANGED


def test_a_file_cut_off_is_refused(lembar: bytes, keys: Keyring) -> None:
    for length in (len(lembar) - 1, len(lembar) // 2, 1200, 5, 0):
        assert reason_of(lembar[:length], keys) is not None


def test_the_seal_of_somebody_with_our_name_is_not_ours(other_keys: Keyring, keys: Keyring) -> None:
    theirs = documents.sealed(other_keys)
    assert reason_of(theirs, keys) is Reason.PDF_OTHER_SEAL
    assert reason_of(theirs, other_keys) is None


def test_our_seal_taken_from_one_file_and_put_into_another_is_refused(keys: Keyring, lembar: bytes) -> None:
    other = bytearray(documents.sealed(keys, documents.facts(name="Sito Rahmawati, S.STP., M.Si.")))
    begin, end = string_of(bytes(other))
    from_begin, from_end = string_of(lembar)
    assert end - begin == from_end - from_begin
    other[begin:end] = lembar[from_begin:from_end]
    assert reason_of(bytes(other), keys) is Reason.PDF_CHANGED


def test_a_lembar_before_its_seal_is_called_unsealed(keys: Keyring) -> None:
    assert reason_of(documents.unsealed(), keys) is Reason.PDF_NOT_SEALED


def test_a_sealed_file_without_a_credential_is_not_a_lembar(keys: Keyring) -> None:
    proof_only = {"proof.tlog-proof": documents.ATTACHED["proof.tlog-proof"]}
    assert reason_of(documents.sealed(keys, attached=proof_only), keys) is Reason.PDF_NO_CREDENTIAL


def issued(keys: Keyring, *, sealing: bool, ca: bool, root: ec.EllipticCurvePrivateKey) -> Keyring:
    """Return our keys with a certificate that `root` issued for the seal's key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Segel uji")])
    uses = [DOCUMENT_SIGNING] if sealing else [ExtendedKeyUsageOID.EMAIL_PROTECTION]

    def made(key: ec.EllipticCurvePublicKey, *, ca: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key)
            .serial_number(x509.random_serial_number()).not_valid_before(documents.NOW)
            .not_valid_after(documents.NOW + timedelta(days=9))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        )  # fmt: skip

    ours = keys.seal.chain[0].public_key()
    assert isinstance(ours, ec.EllipticCurvePublicKey)
    leaf = made(ours, ca=ca).sign(root, hashes.SHA256())
    above = made(root.public_key(), ca=True).sign(root, hashes.SHA256())
    return replace(keys, seal=replace(keys.seal, chain=(leaf, above)))


@pytest.mark.parametrize(
    ("sealing", "ca", "reason"),
    [(True, False, None), (False, False, Reason.PDF_OTHER_SEAL), (True, True, Reason.PDF_OTHER_SEAL)],
    ids=["for sealing", "for another use", "an authority"],
)
def test_only_a_certificate_that_our_root_issued_for_sealing_seals(
    keys: Keyring, sealing: bool, ca: bool, reason: Reason | None
) -> None:
    given = issued(keys, sealing=sealing, ca=ca, root=ec.generate_private_key(ec.SECP256R1()))
    assert reason_of(documents.sealed(given), given) is reason


def test_the_seals_root_does_not_seal(keys: Keyring) -> None:
    with pytest.raises(Refusal):
        pdf._check_ours(keys.seal.chain[-1], keys.seal.roots)
    pdf._check_ours(keys.seal.chain[0], keys.seal.roots)


@pytest.mark.parametrize("name", ["nothing", "content_type", "doubled"])
def test_a_seal_whose_signed_attributes_are_not_ours_is_refused(keys: Keyring, lembar: bytes, name: str) -> None:
    """Signed anew by our key: another type of content, or an attribute twice (RFC 5652 section 5.3)."""

    def change(attributes: cms.CMSAttributes) -> None:
        for each in list(attributes):
            if name == each["type"].native == "content_type":
                each["values"] = ["tst_info"]
            if name == "doubled" and each["type"].native == "message_digest":
                attributes.append(each.copy())

    assert reason_of(signed_anew(lembar, keys, change), keys) is (None if name == "nothing" else Reason.PDF_CHANGED)


def signed_anew(content: bytes, keys: Keyring, change: Callable[[cms.CMSAttributes], None]) -> bytes:
    """Change what our seal signs in its CMS, and sign that again."""
    begin, end = string_of(content)
    info = cms.ContentInfo.load(bytes.fromhex(content[begin + 1 : end - 1].decode()).rstrip(b"\0"))
    signer = info["content"]["signer_infos"][0]
    change(signer["signed_attrs"])
    raw = keys.seal.sign(b"\x31" + signer["signed_attrs"].dump(force=True)[1:])
    signer["signature"] = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    string = info.dump(force=True).hex().upper().encode().ljust(end - begin - 2, b"0")
    return content[: begin + 1] + string + content[end - 1 :]


@pytest.mark.parametrize("own", [True, False])
def test_a_seal_that_names_another_certificate_than_its_signers_is_refused(
    keys: Keyring, lembar: bytes, own: bool
) -> None:
    """Signed anew by our key, with all else as it was: only the hash of the certificate tells (RFC 5035)."""

    def change(attributes: cms.CMSAttributes) -> None:
        (named,) = [each for each in attributes if each["type"].native == "signing_certificate_v2"]
        if not own:
            named["values"][0]["certs"][0]["cert_hash"] = hashlib.sha256(b"another certificate").digest()

    forged = signed_anew(lembar, keys, change)
    assert len(forged) == len(lembar)
    assert reason_of(forged, keys) is (None if own else Reason.PDF_CHANGED)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: b"", Reason.PDF_MALFORMED),
        (lambda: b"\x89PNG\r\n\x1a\n", Reason.PDF_MALFORMED),
        (lambda: b"%PDF-1.7\n%%EOF", Reason.PDF_MALFORMED),
        (lambda: ended(b"%PDF-1.7\n"), Reason.PDF_NOT_SEALED),
        (lambda: b"HTTP/1.1 200\n\n" + ended(b"%PDF-1.7\n"), Reason.PDF_NOT_SEALED),
        (lambda: ended(b"%PDF-1.7\n")[:-1], Reason.PDF_MALFORMED),
        (lambda: ended(b"%PDF-1.7\n").replace(b"\nxref", b"\nsref"), Reason.PDF_MALFORMED),
        (lambda: ended(b"%PDF-1.7 /ByteRange [0 9 9 9]"), Reason.PDF_NOT_SEALED),
        (lambda: ended(b"%PDF-1.7 <00> /ByteRange [0 9 13 23]"), Reason.PDF_OTHER_SEAL),
        (lambda: b"%PDF-1.7 <00> /ByteRange [0 9 13 23]", Reason.PDF_MALFORMED),
        (lambda: ended(b"%PDF-1.7 /ByteRange [0 9999999999 9999999999 9999999999]"), Reason.PDF_NOT_SEALED),
        (lambda: ended(b"%PDF-1.7" + b" /ByteRange [0 1 2 3]" * 100_000), Reason.PDF_OTHER_SEAL),
        (lambda: b"%PDF-1.7" + b" " * pdf.LARGEST, Reason.FILE_TOO_LARGE),
    ],
    ids=[
        "empty",
        "picture",
        "nothing but an end",
        "plain",
        "behind a head",
        "cut",
        "spoilt",
        "no gap",
        "no seal in it",
        "broken, too",
        "huge range",
        "100,000 ranges",
        "too large",
    ],
)
def test_whatever_is_handed_in_gets_a_reason(make: Callable[[], bytes], reason: Reason, keys: Keyring) -> None:
    assert reason_of(make(), keys) is reason


@settings(max_examples=300, deadline=None)
@given(string=st.binary(min_size=1, max_size=400))
def test_any_bytes_in_place_of_the_seal_get_a_reason(string: bytes, keys: Keyring) -> None:
    head = b"%PDF-1.7 /Contents "
    gap = b"<" + string.hex().encode() + b">"
    tail = b"/ByteRange [0 %d %d %9d]"
    until = len(head) + len(gap)
    rest = len(tail % (len(head), until, 0))
    content = ended(head + gap + tail % (len(head), until, rest))
    assert reason_of(content, keys) is Reason.PDF_OTHER_SEAL


def test_a_large_berkas_is_read(keys: Keyring, tmp_path: Path) -> None:
    large = {**documents.EVIDENCE, "evidence.json": b'"' + b"x" * 100_000 + b'"'}
    assert reason_of(documents.sealed(keys, attached=large), keys) is None
    too_large = {**documents.EVIDENCE, "evidence.json": b'"' + b"x" * (pdf.LARGEST_ATTACHED + 1) + b'"'}
    assert reason_of(documents.sealed(keys, attached=too_large), keys) is Reason.PDF_MALFORMED


def test_a_file_sealed_a_second_time_by_us_is_believed_only_whole(keys: Keyring, lembar: bytes) -> None:
    unsealed = documents.unsealed()
    assert reason_of(seal.seal(unsealed, key=keys.seal, signed_at=documents.NOW, city=documents.CITY), keys) is None
    with pytest.raises(Exception, match=r"(?i)certif|sign"):
        seal.seal(lembar, key=keys.seal, signed_at=documents.NOW, city=documents.CITY)
