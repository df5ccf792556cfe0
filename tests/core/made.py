"""Keys, statements and evidence made for these tests, through the core alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from pakta.core import canonical, evidence, signature, statement
from pakta.core.evidence import Method
from pakta.demonstration.authenticator import SoftwareDeviceKey, SoftwarePasskey

NOW = datetime(2026, 11, 23, 1, 15, tzinfo=UTC)
HOST, ORIGIN = "localhost", "http://localhost:5000"
NUMBER = "198609262015052901"
SIGNER = statement.Signer(
    kind="pns", number=NUMBER, name="Siti Lestari", rank="Penata, III/c", position="Guru",
    unit="SD Negeri Kranggan 1", institution="Pemerintah Kota Mojokerto",
)  # fmt: skip


def stated(jwk: Mapping[str, object], **changed: object) -> bytes:
    """Return a statement for this key, with some members changed."""
    members: dict[str, object] = {
        "edition": "ASN-2026", "title": "Pakta Integritas Netralitas ASN", "text_sha256": "ab" * 32,
        "signer": SIGNER, "acknowledged": ("a", "b"), "key": signature.thumbprint(jwk), "place": "Mojokerto",
        "prepared_at": NOW,
    }  # fmt: skip
    return statement.make(**{**members, **changed})  # type: ignore[arg-type]


def evidenced(
    holder: SoftwareDeviceKey | SoftwarePasskey, jwk: Mapping[str, str], *, number: str = NUMBER, **changed: object
) -> bytes:
    """Return evidence of a statement that `holder` signed."""
    text = stated(jwk, **changed)
    record = evidence.make_enrolment(number=number, key=signature.thumbprint(jwk), way="slip", earlier=None)
    return evidence.make(
        statement=text,
        method=Method.DEVICE if isinstance(holder, SoftwareDeviceKey) else Method.PASSKEY,
        jwk=jwk,
        enrolment_record=record,
        enrolment_index=7,
        proof=holder.proof(text),
    )


def changed_json(text: bytes, prefix: bytes = b"", **changed: object) -> bytes:
    """Return a canonical object with members changed; a member set to `...` is left out."""
    members = {**json.loads(text[len(prefix) :]), **changed}
    return prefix + canonical.encode({name: value for name, value in members.items() if value is not ...})
