"""What crosses the border of the confined process, both ways, as JSON; nothing that comes out is taken as it is."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pakta.timestamps.level import Level
from pakta.timestamps.token import Stamp
from pakta.verification.contents import MOST, Held, Kind, Seals
from pakta.verification.pdf import PdfFacts
from pakta.verification.stamps import Stamped

Plain = Mapping[str, Any]

LISTS = ("roots", "lost", "authorities")
ATTACHED = ("credential", "proof", "evidence", "enrolment")
TEXTS = (Kind.PICTURE, Kind.TEXT)
SPENT = struct.Struct("<iqdB")  # how a child ended (as `wait` says it), its peak in KiB, seconds, lacking layers


def seals_out(seals: Seals) -> Plain:
    """Return seals as they are handed in."""
    return {name: [_text(each.public_bytes(Encoding.DER)) for each in getattr(seals, name)] for name in LISTS}


def seals_in(plain: Plain) -> Seals:
    """Return the seals that were handed in."""
    lists = (tuple(x509.load_der_x509_certificate(_bytes(each)) for each in plain[name]) for name in LISTS)
    return Seals(*lists)


def held_out(held: Held) -> Plain:
    """Return what a file holds as it travels back."""
    sealed = None if held.sealed is None else _facts_out(held.sealed)
    return {"kind": held.kind.value, "texts": held.texts, "sealed": sealed}


def held_in(plain: Any) -> Held:
    """Return what travelled back; raises as parsers do where it is anything else."""
    texts = plain["texts"]
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts) or len(texts) > MOST:
        raise ValueError("not the texts of a file")
    kind = Kind(plain["kind"])
    if bool(texts) != (kind in TEXTS) or (plain["sealed"] is not None) != (kind is Kind.PDF):
        raise ValueError("not what such a file holds")
    return Held(kind, tuple(texts), _facts_in(plain["sealed"]) if kind is Kind.PDF else None)


def _facts_out(facts: PdfFacts) -> Plain:
    attached = {name: getattr(facts, name) for name in ATTACHED}
    return {
        **{name: None if each is None else _text(each) for name, each in attached.items()},
        "sealed_by": facts.sealed_by,
        "sealed_at": facts.sealed_at.isoformat(),
        "level": facts.level.value,
        "claimed": facts.claimed and facts.claimed.value,
        "stamp": _stamp_out(facts.stamp),
        "archived": _stamp_out(facts.archived),
    }


def _facts_in(plain: Plain) -> PdfFacts:
    evidence, enrolment, claimed = plain["evidence"], plain["enrolment"], plain["claimed"]
    return PdfFacts(
        credential=_bytes(plain["credential"]),
        proof=_bytes(plain["proof"]),
        evidence=None if evidence is None else _bytes(evidence),
        enrolment=None if enrolment is None else _bytes(enrolment),
        sealed_by=str(plain["sealed_by"]),
        sealed_at=_moment(plain["sealed_at"]),
        level=Level(plain["level"]),
        claimed=None if claimed is None else Level(claimed),
        stamp=_stamp_in(plain["stamp"]),
        archived=_stamp_in(plain["archived"]),
    )


def _stamp_out(stamped: Stamped | None) -> Plain | None:
    """Return a timestamp without the certificates that led to it: they were needed to judge it only."""
    if stamped is None:
        return None
    stamp = stamped.stamp
    return {"known": None if stamp is None else {"at": stamp.at.isoformat(), "by": stamp.by}}


def _stamp_in(plain: Plain | None) -> Stamped | None:
    if plain is None:
        return None
    known = plain["known"]
    return Stamped(None if known is None else Stamp(_moment(known["at"]), str(known["by"]), ()), ())


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without its zone")
    return found


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
