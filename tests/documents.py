"""Documents that tests make of invented people, and the foreign tools that read them."""

from __future__ import annotations

import io
import secrets
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import zxingcpp
from PIL import Image

from pakta import keyring
from pakta.certificates import card, seal, sheet
from pakta.core import credential
from pakta.core.credential import Claims
from pakta.editions import text
from pakta.editions.text import Text

ORIGIN = "https://pakta.mojokertokota.example"
HOST = ORIGIN.removeprefix("https://")
CITY = "Kota Mojokerto"
NUMBER = "7K3M-9QWE-4T2X-0B8N-V"
NOW = datetime(2026, 11, 23, 1, 16, tzinfo=UTC)
TEXTS = Path(text.__file__).parent / "texts"

SEAL = "PAdES B-B, tanpa cap waktu: jawaban otoritas waktu tidak tepercaya"
LONG_NAME = "Prof. Dr. dr. Raden Mas Bagaskara Wicaksono Hadiningrat, Sp.PD., M.Kes."
LONG_POSITION = "Kepala Unit Pelaksana Teknis Pelayanan Perizinan Terpadu dan Pengaduan Masyarakat Wilayah Utara"
LONG_UNIT = "Dinas Pekerjaan Umum, Penataan Ruang, Perumahan dan Kawasan Permukiman"

ATTACHED = {
    "credential.cose": bytes(range(256)) + b"\xd2\x84" * 30,
    "proof.tlog-proof": b"c2sp.org/tlog-proof@v1\nindex 12345\n" + b"q" * 1200 + b"\n",
}
EVIDENCE = {
    **ATTACHED,
    "evidence.json": b'{"method":"device","statement":"' + b"A" * 1400 + b'"}',
    "enrolment.tlog-proof": b"c2sp.org/tlog-proof@v1\nindex 7\n" + b"r" * 1200 + b"\n",
}


def edition(name: str = "asn-2026") -> Text:
    """Return a pact text of the project."""
    return text.from_toml((TEXTS / f"{name}.toml").read_bytes())


def address(
    *,
    origin: str = ORIGIN,
    name: str | None = "Siti Rahmawati, S.STP.",
    unit: str = "Bagian Umum",
    largest: bool = False,
) -> str:
    """Return the address of a certificate whose signature is random; `largest`: with numbers that never come."""
    claims = Claims(
        issuer=origin.split("://")[1],
        expires_at=2**32 - 1,
        issued_at=2**32 - 2,
        cti=secrets.token_bytes(16),
        status_index=2**24 if largest else 2_400,
        status_uri=f"{origin}/s/0",
        name=name,
        unit=unit,
        edition="E" * credential.EDITION_LIMIT if largest else "ASN-2026",
        evidence_hash=secrets.token_bytes(32),
        method=1,
        ledger_index=2**40 if largest else 12_345,
    )
    cose = credential.assemble(claims, kid=secrets.token_bytes(8), signature=secrets.token_bytes(64))
    return credential.to_address(cose, origin=origin)


def facts(edition_name: str = "asn-2026", **changes: object) -> sheet.SheetFacts:
    """Return what stands on a lembar."""
    pact = edition(edition_name)
    base = sheet.SheetFacts(
        city=CITY,
        host=HOST,
        title=pact.title,
        edition=pact.code,
        fingerprint="1a2b3c4d",
        name="Siti Rahmawati, S.STP., M.Si.",
        institution="Pemerintah Kota Mojokerto",
        lines=("Penata Tingkat I, III/d", "Kepala Subbagian Umum", "Bagian Umum, Pemerintah Kota Mojokerto"),
        opening=pact.opening,
        clauses=[clause.text for clause in pact.clauses],
        closing=pact.closing,
        basis=[f"{basis.title}, {basis.article}" for basis in pact.legal_basis],
        facts=(
            ("Diterima", "23 November 2026 pukul 08.15 WIB"),
            ("Tercatat paling lambat", "23 November 2026 pukul 08.15 WIB, menurut buku catatan"),
            ("Cara", "kunci layar (passkey)"),
            ("Urutan di buku catatan", "12.345"),
            ("Saksi", "belum ada saksi luar"),
            ("Berlaku sampai", "21 Februari 2032 pukul 23.59 WIB"),
            ("Disegel oleh", f"Pakta {CITY}, 23 November 2026 pukul 08.16 WIB; {SEAL}"),
        ),
        legal="Dokumen ini ditandatangani secara elektronik (TTE tidak tersertifikasi, PP 71/2019 Pasal 60)"
        f" melalui Pakta {CITY}; periksa di {ORIGIN}/periksa",
        number=NUMBER,
        address=address(),
        demo=False,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def longest(**changes: object) -> sheet.SheetFacts:
    """Return a lembar on which everything is as long as it gets: the heads' nine clauses, in the demonstration."""
    long: dict[str, object] = {
        "name": LONG_NAME,
        "lines": ("Pembina Utama Madya, IV/d", LONG_POSITION, f"{LONG_UNIT}, Pemerintah {CITY}"),
        "address": address(name=LONG_NAME, unit=LONG_UNIT),
        "demo": True,
    }
    return facts("kepala-2026", **{**long, **changes})


def card_facts(**changes: object) -> card.CardFacts:
    """Return what stands on a card."""
    base = card.CardFacts(
        city=CITY,
        host=HOST,
        title="Pakta Integritas Netralitas ASN",
        who="Siti Rahmawati, S.STP., M.Si.",
        unit="Dinas Komunikasi dan Informatika",
        number=NUMBER,
        when="23 November 2026 pukul 08.15 WIB",
        address=address(),
        demo=False,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def unsealed(what: sheet.SheetFacts | None = None, *, attached: dict[str, bytes] | None = None) -> bytes:
    """Return a lembar as typst sets it."""
    return sheet.render(what or facts(), attachments=attached or ATTACHED, document_date=NOW)


def sealed(
    keys: keyring.Keyring, what: sheet.SheetFacts | None = None, *, attached: dict[str, bytes] | None = None
) -> bytes:
    """Return a sealed lembar."""
    return seal.seal(unsealed(what, attached=attached), key=keys.seal, signed_at=NOW, city=CITY)


def run(*words: str | Path) -> str:
    """Return what a tool says of a file."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout


def pages(pdf: bytes, folder: Path, *, dpi: int = 150) -> list[Path]:
    """Return the pages of a PDF as pictures, drawn by poppler."""
    (folder / "page.pdf").write_bytes(pdf)
    run("pdftoppm", "-r", str(dpi), "-png", folder / "page.pdf", folder / "page")
    return sorted(folder.glob("page-*.png"))


def words_of(pdf: bytes, folder: Path) -> str:
    """Return a PDF's words as poppler reads them, all on one line."""
    (folder / "words.pdf").write_bytes(pdf)
    return " ".join(run("pdftotext", folder / "words.pdf", "-").split())


def read_by_zxing(picture: Path | bytes) -> list[str]:
    """Return the texts of the codes in a picture."""
    with Image.open(io.BytesIO(picture) if isinstance(picture, bytes) else picture) as image:
        return [code.text for code in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)]


def read_by_zbar(picture: Path | bytes, folder: Path) -> list[str]:
    """Return the texts of the codes in a picture, read by the other reader."""
    if isinstance(picture, bytes):
        path = folder / "read-by-zbar.png"
        path.write_bytes(picture)
        picture = path
    only = (
        "-Sdisable",
        "-Ssqcode.disable",
        "-Sqrcode.enable",
    )  # the first word leaves SQ codes on
    return run("zbarimg", "-q", "--raw", *only, picture).split()
