"""A certificate's files: made once, after a checkpoint covers it, sealed, stored, and served as stored."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pakta.certificates import arms, card, service, sheet
from pakta.certificates.models import Document, IssuedCredential
from pakta.config import Config
from pakta.core import credential
from pakta.core import evidence as core_evidence
from pakta.core import number as numbers
from pakta.core import policy as policies
from pakta.core import statement as core_statement
from pakta.core.errors import Reason, Refusal
from pakta.editions import service as editions
from pakta.editions.models import Edition
from pakta.keyring import Keyring, SealKey
from pakta.ledger import proofs, witnessing
from pakta.ledger.witnessing import Handed
from pakta.roster.models import Person
from pakta.timestamps.level import Level

KINDS = ("lembar", "berkas", "kartu")
FILE_NAMES = {"lembar": "lembar", "berkas": "berkas-bukti", "kartu": "kartu"}
METHODS = {1: "kunci layar (passkey)", 2: "kunci perangkat", 3: "kunci perangkat di kios"}

Display = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made and is not stored yet."""

    credential_id: int
    kind: str
    mark: bytes
    content: bytes
    made_at: datetime
    level: str | None = None


def stored(session: Session, *, credential_id: int, kind: str) -> Document | None:
    """Return the stored file of this kind, or None where it was never made."""
    return session.get(Document, (credential_id, kind))


def make(
    session: Session,
    *,
    row: IssuedCredential,
    kind: str,
    evidence: bytes | None,
    display: Display,
    now: datetime,
    keyring: Keyring,
    config: Config,
) -> Made:
    """Set and seal the file of this kind; reads only, so that nobody waits for it.

    evidence  the signature's evidence, or None after erasure: then the sheet lacks rank and position
    display   how a moment is written for people

    Refuses with CERTIFICATE_NOT_READY while no checkpoint (with a policy: no witnessed one) covers the
    entry, and with EVIDENCE_ERASED for a berkas bukti without evidence.
    """
    head = witnessing.covering(session, index=row.ledger_index, policy=config.policy)
    if head is None or row.cose is None:
        raise Refusal(Reason.CERTIFICATE_NOT_READY)
    if config.policy:
        policies.verify(head.note, policy=config.policy)  # what goes into a file is not taken on trust
    edition = editions.by_code(session, code=row.edition_code)
    if kind == "kartu":
        level: str | None = None
        content = card.render(_card(row, edition, display=display, config=config))
    else:
        content, level = _sealed(session, row, kind, edition, head, evidence, display, now, keyring, config)
    marked = mark(content, kind=kind, number=row.number, pepper=keyring.pepper)
    return Made(row.id, kind, marked, content, now, level)


def keep(session: Session, *, made: Made, lost: bytes | None = None) -> Document:
    """Store the file unless one is stored already, and return what is stored: that one is handed out for good.

    lost  the mark of a stored file whose seal was lost: that very one is replaced

    Refuses with CERTIFICATE_UNKNOWN where the certificate was erased meanwhile.
    """
    owner = select(Person.id).join(IssuedCredential).where(IssuedCredential.id == made.credential_id)
    if session.execute(owner.with_for_update(read=True, key_share=True, of=Person)).first() is None:
        raise Refusal(Reason.CERTIFICATE_UNKNOWN)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    fresh = insert(Document).values(**asdict(made))
    if lost is None:
        session.execute(fresh.on_conflict_do_nothing())
    else:
        changed = {name: fresh.excluded[name] for name in ("mark", "content", "made_at", "level")}
        keys = [Document.credential_id, Document.kind]
        session.execute(fresh.on_conflict_do_update(index_elements=keys, set_=changed, where=Document.mark == lost))
    return session.get_one(Document, (made.credential_id, made.kind), populate_existing=True)


def level_wanted(*, keyring: Keyring, config: Config) -> str:
    """Return the level at which documents are to be sealed now."""
    from pakta.certificates import sealing  # as in `_sealed`

    return sealing.wanted(config, key=keyring.seal)


def newest_level(session: Session) -> tuple[str, datetime] | None:
    """Return the level of the file that was sealed last, and when; None where none was."""
    newest = select(Document.level, Document.made_at).where(Document.level.is_not(None))
    found = session.execute(newest.order_by(Document.made_at.desc()).limit(1)).first()
    return None if found is None else (str(found[0]), found[1])


def below(session: Session, *, level: Level, at_most: int) -> int:
    """Return how many stored files are sealed below a level, counted to `at_most`; cards have none."""
    lower = [each.value for each in list(Level)[: list(Level).index(level)]]
    found = select(Document.level).where(Document.level.in_(lower)).limit(at_most).subquery()
    return session.execute(select(func.count()).select_from(found)).scalar_one()


def is_lost(content: bytes, *, key: SealKey) -> bool:
    """Say whether a stored file carries a lost seal: its root's certificate lies in the seal, in hexadecimal."""
    names = [each.public_bytes(Encoding.DER).hex() for each in key.lost]
    return any(written.encode() in content for each in names for written in (each.upper(), each))


def lost_kinds(session: Session, *, credential_id: int, key: SealKey) -> list[str]:
    """Return which stored files of a certificate carry a lost seal; what leaves next is sealed anew."""
    if not key.lost:
        return []
    rows = select(Document.kind, Document.content).where(Document.credential_id == credential_id)
    found = session.execute(rows.where(Document.kind != "kartu").order_by(Document.kind.desc())).all()
    return [kind for kind, content in found if is_lost(content, key=key)]


def mark(content: bytes, *, kind: str, number: str, pepper: Callable[[str], bytes]) -> bytes:
    """Return the keyed hash that ties a stored file to its certificate and kind."""
    return hmac.digest(pepper("document"), f"{number} {kind}\n".encode() + content, "sha256")


def _sealed(
    session: Session,
    row: IssuedCredential,
    kind: str,
    edition: Edition,
    head: Handed,
    evidence: bytes | None,
    display: Display,
    now: datetime,
    keyring: Keyring,
    config: Config,
) -> tuple[bytes, str]:
    """Return the file and the level of its seal, which stands in its text, too."""
    if keyring.seal.is_lost:
        raise Refusal(Reason.KEY_UNREACHABLE)
    attachments = {
        "credential.cose": row.cose or b"",
        "proof.tlog-proof": proofs.tlog_proof(session, index=row.ledger_index, checkpoint=head),
    }
    if kind == "berkas":
        if evidence is None:
            raise Refusal(Reason.EVIDENCE_ERASED)
        enrolled = core_evidence.parse(evidence).index
        attachments["evidence.json"] = evidence
        attachments["enrolment.tlog-proof"] = proofs.tlog_proof(session, index=enrolled, checkpoint=head)
    facts = _sheet(row, edition, head, evidence, display=display, now=now, config=config)

    from pakta.certificates import sealing  # a fifth of the time that Pakta takes to start, and most seal nothing

    def set_text(said: str) -> bytes:
        *others, (label, who) = facts.facts
        told = replace(facts, facts=(*others, (label, f"{who}; {said}")), seal=said)
        return sheet.render(told, attachments=attachments, document_date=now)

    return sealing.seal(set_text, key=keyring.seal, signed_at=now, config=config)


def _sheet(
    row: IssuedCredential,
    edition: Edition,
    head: Handed,
    evidence: bytes | None,
    *,
    display: Display,
    now: datetime,
    config: Config,
) -> sheet.SheetFacts:
    text, claims = editions.text_of(edition), _claims(row)
    marked = row.unit.institution.marked
    signer = _signer(evidence)
    institution = signer.institution if signer else row.unit.institution.name
    rank, position = (signer.rank, signer.position) if signer and not marked else ("", "")
    return sheet.SheetFacts(
        city=config.city,
        host=config.host,
        title=edition.title,
        edition=edition.code,
        fingerprint=edition.text_sha256[:8],
        name=claims.name,
        institution=institution,
        lines=(rank, position, _place(signer.unit if signer else claims.unit, institution)),
        opening=text.opening,
        clauses=[clause.text for clause in text.clauses],
        closing=text.closing,
        basis=[", ".join(filter(None, (basis.title, basis.article))) for basis in text.legal_basis],
        facts=(
            ("Diterima", display(row.issued_at)),
            ("Tercatat paling lambat", f"{display(head.at)}, menurut {witnessing.by_whom(config.policy)}"),
            ("Cara", METHODS[row.method]),
            ("Urutan di buku catatan", f"{row.ledger_index:,}".replace(",", ".")),
            ("Saksi", witnessing.named(head, policy=config.policy)),
            ("Berlaku sampai", display(row.expires_at)),
            ("Disegel oleh", f"Pakta {config.city}, {display(now)}"),
        ),
        legal="Dokumen ini ditandatangani secara elektronik (TTE tidak tersertifikasi, PP 71/2019 Pasal 60) "
        f"melalui Pakta {config.city}; periksa di {config.origin}/periksa",
        number=numbers.spoken(row.number),
        address=service.address(row, config=config),
        demo=row.person.demo,
        arms=arms.of(config),
    )


def _card(row: IssuedCredential, edition: Edition, *, display: Display, config: Config) -> card.CardFacts:
    claims = _claims(row)
    return card.CardFacts(
        city=config.city,
        host=config.host,
        title=edition.title,
        who=claims.name or "1 anggota",
        unit=claims.unit,
        number=numbers.spoken(row.number),
        when=display(row.issued_at),
        address=service.address(row, config=config),
        demo=row.person.demo,
        arms=arms.of(config),
    )


def _signer(evidence: bytes | None) -> core_statement.Signer | None:
    if evidence is None:
        return None
    return core_statement.parse(core_evidence.parse(evidence).statement).signer


def _claims(row: IssuedCredential) -> credential.Claims:
    """Return what was signed: a file says that, whatever person and unit are called by now."""
    return credential.parse(row.cose or b"").claims


def _place(unit: str, institution: str) -> str:
    return unit if unit == institution else f"{unit}, {institution}"
