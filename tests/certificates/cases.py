"""Documents of people with odd names, long offices and everything else that strains a page.  All are invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pakta.certificates import arms, card, sheet
from pakta.core import credential
from tests import documents

SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 240">
<path d="M10 10H190V120C190 180 150 215 100 235C50 215 10 180 10 120Z" fill="#2d5f8b" stroke="#111" stroke-width="8"/>
<path d="M100 40L112 78H152L120 101L132 139L100 116L68 139L80 101L48 78H88Z" fill="#f2d04b" stroke="#333"/>
<path d="M30 165Q65 145 100 165T170 165V180Q135 200 100 180T30 180Z" fill="#fff"/></svg>"""
CITY = "Kabupaten Administrasi Kepulauan Barat Daya"
HOST = "pakta.kab-kep-baratdaya.example"
LONG_WITNESSES = (
    "5 dari 7 saksi: saksi.universitas-negeri.example, saksi.bawaslu.example, saksi.pers.example, dan lainnya"
)
POSITION = (
    "Kepala Unit Pelaksana Teknis Pelayanan Perizinan Terpadu Satu Pintu, Penanaman Modal dan Pengaduan "
    "Masyarakat Wilayah Utara, Timur Laut, dan Kepulauan Barat"
)
UNIT = (
    "Sekretariat Bersama Dinas Pekerjaan Umum, Penataan Ruang, Perumahan, Kawasan Permukiman, Pertanahan, "
    "Lingkungan Hidup, Kebersihan, dan Pertamanan Terpadu"
)
NAMES = {
    "one-word": "Slamet",
    "one-letter": "O",
    "titles-behind": "Siti Rahmawati, S.E., M.Si.",
    "titles-on-both-sides": "Prof. Dr. dr. Bagaskara Wicaksono Hadiningrat, Sp.PD.-KGH., M.Kes., FINASIM.",
    "apostrophes-hyphens-diacritics": "K.H. Ma'ruf Al-Faqīh Nu’man D'Costa-Çelebi Ḥasanuddīn, S.Pd.I.",
    "long-without-titles": "Raden Ajeng Maharani Kusumaningtyas Purwaningrum Sastrowardoyo Hadikusumo Suryodiningrat",
    "long-with-long-titles": "Ir. Bagaskara Wicaksono, S.T., S.H., S.E., M.T., M.M., Ph.D., IPU., ASEAN Eng.",
    "one-endless-word": "Wiraguna" * 15,
}


@dataclass(frozen=True, slots=True)
class Case:
    """A page, and the card that goes with it."""

    page: sheet.SheetFacts
    card: card.CardFacts
    attached: Mapping[str, bytes]

    @property
    def name(self) -> str:
        """Return the name as it is printed."""
        return self.card.who


def case(edition: str = "asn-2026", *, evidence: bool = False, unit: str = "Bagian Umum", **changes: object) -> Case:
    """Return a page with these changes and its card."""
    page = documents.facts(edition, **changes)
    who = sheet.NAMELESS if page.name is None else page.name
    shown = card.CardFacts(
        city=page.city, host=page.host, title=page.title, who=who, unit=unit, number=page.number,
        when="23 November 2026 pukul 08.15 WIB", address=page.address, demo=page.demo, arms=page.arms,
    )  # fmt: skip
    return Case(page, shown, documents.EVIDENCE if evidence else documents.ATTACHED)


def at_the_limit() -> str:
    """Return a name that fills name and unit up to the bytes that a credential takes."""
    unit = len("Bagian Umum")
    name = "Raden Mas Haryo Bagaskara Wicaksono Hadiningrat Kusumonegoro Sastrodiwiryo Purbaningrat Suryokusumo"
    titles = ", S.T., M.T., M.M., M.Si., Ph.D., IPU., ASEAN Eng."
    return (name + titles).ljust(credential.NAME_AND_UNIT_LIMIT - unit, "X")


def witnessed(facts: sheet.SheetFacts) -> tuple[tuple[str, str], ...]:
    """Return what stands beside the QR where many witnesses have long names."""
    told = dict(facts.facts)
    told["Saksi"] = LONG_WITNESSES
    told["Tercatat paling lambat"] = "23 November 2026 pukul 08.15 WIB, menurut saksi"
    return tuple(told.items())


def cases() -> Mapping[str, Case]:
    """Return every case by its name."""
    drawn, plain = arms.prepared(SVG), documents.facts()
    limit = at_the_limit()
    marked = {"name": None, "lines": ("", "", "Satuan Lalu Lintas, Kepolisian Resor Kota")}
    worst = {
        "name": limit, "lines": ("Pembina Utama Madya, IV/d", POSITION, f"{UNIT}, Pemerintah {CITY}"),
        "city": CITY, "host": HOST, "facts": witnessed(plain), "arms": drawn, "demo": True,
        "address": documents.address(name=limit, unit="Bagian Umum", largest=True),
    }  # fmt: skip
    found = {edition: case(edition) for edition in ("asn-2026", "kepala-2026")}
    found |= {f"{edition}-nameless": case(edition, **marked) for edition in ("polri-2026", "tni-2026")}
    found |= {name: case(name=who) for name, who in NAMES.items()}
    found |= {
        "name-at-the-limit": case(name=limit, address=documents.address(name=limit, unit="Bagian Umum")),
        "long-office": case(
            unit=UNIT[: credential.NAME_AND_UNIT_LIMIT - len(plain.name or "")],
            lines=("Pembina Utama Madya, IV/d", POSITION, f"{UNIT}, Pemerintah Kota Mojokerto"),
        ),
        "witnesses": case(facts=witnessed(plain)),
        "erased-evidence": case(lines=("", "", plain.lines[2])),
        "long-city": case(city=CITY, host=HOST),
        "example": case(demo=True),
        "arms": case(arms=drawn),
        "arms-heads": case("kepala-2026", arms=drawn),
        "berkas-bukti": case("polri-2026", evidence=True),
        "everything": case("kepala-2026", evidence=True, **worst),
        "everything-nameless": case("tni-2026", **{**worst, **marked}),
    }
    return found
