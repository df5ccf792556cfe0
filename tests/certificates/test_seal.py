"""The seal is valid for tools that we did not write, covers the whole file, and permits no change."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from pakta.keyring import Keyring
from tests import documents

LARGEST = 150_000  # bytes


def pdfsig(pdf: bytes, folder: Path) -> str:
    """Return what poppler says of the signatures."""
    (folder / "sealed.pdf").write_bytes(pdf)
    return documents.run("pdfsig", folder / "sealed.pdf")


@pytest.fixture(scope="module")
def lembar(keys: Keyring) -> bytes:
    """Give a sealed lembar."""
    return documents.sealed(keys)


def test_pdfsig_finds_one_valid_signature_over_the_whole_document(lembar: bytes, tmp_path: Path) -> None:
    said = pdfsig(lembar, tmp_path)
    assert said.count("Signature #") == 1
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert "SHA-256" in said


def test_pdfsig_sees_one_changed_byte(lembar: bytes, tmp_path: Path) -> None:
    at = lembar.index(b"/Catalog") - 200
    changed = lembar[:at] + bytes([lembar[at] ^ 1]) + lembar[at + 1 :]
    assert "Signature is Valid" not in pdfsig(changed, tmp_path)


def test_pyhanko_trusts_it_under_our_root_and_allows_no_later_change(lembar: bytes, keys: Keyring) -> None:
    root = asn1_x509.Certificate.load(keys.seal.roots[0].public_bytes(Encoding.DER))
    found = PdfFileReader(io.BytesIO(lembar)).embedded_signatures[0]
    now = keys.seal.chain[0].not_valid_before_utc.replace(microsecond=0)
    status = validate_pdf_signature(found, ValidationContext(trust_roots=[root], moment=now, allow_fetching=False))
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    assert status.modification_level == ModificationLevel.NONE
    assert found.docmdp_level is not None
    assert found.docmdp_level.value == 1


def test_the_seal_claims_the_time_it_was_told(lembar: bytes) -> None:
    found = PdfFileReader(io.BytesIO(lembar)).embedded_signatures[0]
    assert found.self_reported_timestamp == documents.NOW


def test_the_seal_leaves_what_typst_set_as_it_was(lembar: bytes, keys: Keyring) -> None:
    facts = documents.facts()
    assert documents.sealed(keys, facts).startswith(documents.unsealed(facts))


def test_both_files_are_small(lembar: bytes, keys: Keyring) -> None:
    assert len(lembar) <= LARGEST
    assert len(documents.sealed(keys, documents.longest(), attached=documents.EVIDENCE)) <= LARGEST
