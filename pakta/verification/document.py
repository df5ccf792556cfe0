"""A file that somebody handed in: a sealed PDF, a picture of a QR, or text that holds the address.

The confined process says what it holds (`contents`), and here it is judged.  Each fact of a PDF stands alone: its
seal, how far the seal reaches, the credential, the ledger proof inside, and the person's own signature where the
evidence is attached.  The identity number in it is never shown.
A file of which one part speaks against another is no certificate, though the credential in it may be one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509

from pakta.core import credential, evidence, keyset, ledgerentry, proof
from pakta.core import policy as policies
from pakta.core.credential import Claims
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.core.policy import Policy
from pakta.core.statement import Statement
from pakta.core.verdict import Mark, Step, Verdict, Word
from pakta.ledger import names
from pakta.signing import rules
from pakta.verification import confined, contents, presentation, seals, words
from pakta.verification.contents import Held, Kind, Seals
from pakta.verification.pdf import PdfFacts
from pakta.web.language import sentence

LARGEST, MOST = contents.LARGEST, contents.MOST
LATE = 24 * 3600  # seconds until witnesses have seen what is issued, or issuing stops
SKEW = 300  # seconds that the issuer's clock may lie ahead of a witness's
NOT_OURS = frozenset(
    {
        Reason.PDF_CHANGED,
        Reason.PDF_OTHER_SEAL,
        Reason.PDF_SEAL_LOST,
        Reason.PDF_NOT_SEALED,
        Reason.PDF_NO_CREDENTIAL,
    }
)

Judge = Callable[[str], Verdict]
Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Whose certificates these should be.

    key_set  the published key set, or None      roots  whose seals are ours
    policy   who must have cosigned the heads of the ledger, or None: nobody
    lost     the roots of seals of ours that were lost
    authorities  the roots under which a timestamp counts
    """

    origin: str
    relying_party: str
    key_set: bytes | None
    roots: Sequence[x509.Certificate]
    policy: Policy | None = None
    lost: Sequence[x509.Certificate] = ()
    authorities: Sequence[x509.Certificate] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One certificate found in a file: the verdict on it, what else the file shows, and what a QR in it says."""

    verdict: Verdict
    facts: tuple[Fact, ...] = ()
    read: str = ""


def examine(content: bytes, *, place: Place, judge: Judge, now: datetime) -> list[Finding]:
    """Return what a file holds, at least one finding.

    A PDF without a seal of ours, or that was changed, is a finding too, with its reason and never a good word.
    Refuses as `confined.read`; an evidence file by itself is IMAGE_FORMAT here.
    """
    try:
        held = opened(content, place=place)
    except Refusal as refusal:
        return [unsealed(refusal, place=place)]
    if held.kind is Kind.EVIDENCE:
        raise Refusal(Reason.IMAGE_FORMAT)
    return of_held(held, place=place, judge=judge, now=now)


def opened(content: bytes, *, place: Place, network: str = "") -> Held:
    """Return what a file from some network holds; refuses as `confined.read`."""
    seals = Seals(tuple(place.roots), tuple(place.lost), tuple(place.authorities))
    return confined.read(content, seals=seals, network=network)


def unsealed(refusal: Refusal, *, place: Place) -> Finding:
    """Return the finding on a PDF without a seal that is whole and ours; raises every other refusal again."""
    if refusal.reason not in NOT_OURS:
        raise refusal
    verdict = _without_seal(refusal.reason, place)
    mark = Mark.UNCHECKED if verdict.reason is Reason.PDF_SEAL_UNCHECKED else Mark.NO
    first = (mark, words.SEALS[verdict.reason or refusal.reason])
    return Finding(verdict, (first, *((Mark.UNCHECKED, text) for text in words.UNSEALED)))


def of_held(held: Held, *, place: Place, judge: Judge, now: datetime) -> list[Finding]:
    """Return the findings on what a PDF, a picture or a text holds."""
    if held.sealed is not None:
        return [_pdf(held.sealed, place=place, judge=judge, now=now)]
    alone = ((Mark.UNCHECKED, words.ALONE[held.kind]),)
    is_picture = held.kind is Kind.PICTURE
    return [Finding(judge(address), alone, read=address if is_picture else "") for address in held.texts]


def _pdf(read: PdfFacts, *, place: Place, judge: Judge, now: datetime) -> Finding:
    verdict = judge(credential.to_address(read.credential, origin=place.origin))
    claims = verdict.credential.claims if verdict.credential else None
    sealed = seals.facts(read, fill=sentence, now=now)
    parts = (*sealed, _credential(verdict), *_proof(read, place), _own_signature(read, place, claims))
    if verdict.good and any(mark is Mark.NO for mark, _ in parts):
        verdict = replace(verdict, word=Word.UNKNOWN, reason=Reason.PDF_PARTS_DIFFER)
    return Finding(verdict, parts)


def _credential(verdict: Verdict) -> Fact:
    """Say whether the certificate inside is signed by the issuer; how it stands now the verdict says."""
    mark = dict(verdict.steps).get(Step.SIGNATURE, Mark.UNCHECKED)
    return mark, words.CREDENTIAL[mark]


def _without_seal(reason: Reason, place: Place) -> Verdict:
    """Return the verdict on a file without a good seal; where no root is at hand, no seal can be called foreign.

    A file without any seal claims nothing: an honest paper that was scanned is one, too, so its QR decides
    (decision 0095).
    """
    steps = tuple((step, Mark.UNCHECKED) for step in Step)
    if reason is Reason.PDF_OTHER_SEAL and not place.roots:
        return Verdict(Word.UNCHECKED, Reason.PDF_SEAL_UNCHECKED, steps)
    return Verdict(Word.UNCHECKED if reason is Reason.PDF_NOT_SEALED else Word.UNKNOWN, reason, steps)


def _proof(read: PdfFacts, place: Place) -> Sequence[Fact]:
    """Say whether the proof inside leads from the credential to a head of the ledger, and who vouches for that."""
    try:
        found, inside = credential.parse(read.credential), proof.parse(read.proof)
        entry = ledgerentry.entry(EntryKind.CREDENTIAL, found.to_be_signed)
        if place.key_set is None:
            return ((Mark.UNCHECKED, "Bukti buku catatan di dalam berkas belum diperiksa"),)
        size = _check(inside, entry, place.key_set, place)
        if inside.index != found.claims.ledger_index:
            raise Refusal(Reason.NOT_IN_LEDGER)
        witnessed = _witnessed(inside, place, issued_at=found.claims.issued_at)
    except Refusal as refusal:
        if refusal.reason is Reason.LEDGER_RENAMED:
            return ((Mark.UNCHECKED, "Bukti di dalam berkas memakai nama lama buku catatan, dan belum diperiksa"),)
        differs = sentence("Bukti buku catatan di dalam berkas tidak cocok ({reason})", reason=refusal.reason.value)
        return ((Mark.NO, differs),)
    fits = "Bukti buku catatan di dalam berkas cocok, urutan {index} dari {size}"
    return (Mark.YES, sentence(fits, index=inside.index, size=size)), *witnessed


def _witnessed(inside: proof.Proof, place: Place, *, issued_at: int) -> Sequence[Fact]:
    """Say since when witnesses vouch for the head of a proof; nothing where nobody is asked for.

    A certificate that was witnessed before it was issued is at fault.
    """
    if place.policy is None:
        return ()
    at = _cosigned(inside, place.policy)
    if at is None:
        return ((Mark.UNCHECKED, "Belum ada saksi luar pada bukti di dalam berkas"),)
    seen, issued = (presentation.moment(each) for each in (at, issued_at))
    if issued_at > at + SKEW:
        told = "Saksi luar sudah melihat catatan ini {seen}, padahal sertifikatnya mengaku baru terbit {issued}"
        return ((Mark.NO, sentence(told, seen=seen, issued=issued)),)
    latest = sentence("Menurut saksi luar, pakta ini tercatat paling lambat {seen}", seen=seen)
    return ((Mark.YES, latest), *_unvouched(at, issued_at))


def _unvouched(at: int, issued_at: int) -> Sequence[Fact]:
    """Say that nobody outside vouches for a time of issue that lies long before the witnessed one."""
    if at - issued_at <= LATE:
        return ()
    return (
        (Mark.UNCHECKED, "Saksi luar baru melihatnya lebih dari sehari kemudian: waktu terbit hanya kata penerbit"),
    )


def _cosigned(inside: proof.Proof, policy: Policy) -> int | None:
    """Return since when a quorum vouches for the head of a proof, or None: a file may be older than the policy.

    Refuses a false cosignature with NOTE_SIGNATURE.
    """
    try:
        return policies.verify(inside.checkpoint, policy=policy).at
    except Refusal as refusal:
        if refusal.reason is Reason.WITNESSES_TOO_FEW:
            return None
        raise


def _check(inside: proof.Proof, entry: bytes, key_set: bytes, place: Place) -> int:
    """Return the size of the head to which a proof leads.

    Refuses with LEDGER_RENAMED where that head is under an earlier name of this ledger: an honest file keeps it.
    """
    host = place.origin.split("://", 1)[1]
    known = keyset.verify(key_set, host=host)
    name = inside.checkpoint.partition(b"\n")[0].decode(errors="replace")
    if name in names.earlier_names(known.log_origin):
        raise Refusal(Reason.LEDGER_RENAMED)
    head = proof.verify(inside, entry=entry, verifier_key=known.log_vkey, origin=known.log_origin)
    return head.size


def _own_signature(read: PdfFacts, place: Place, claims: Claims | None) -> Fact:
    """Say whether the person's own signature is attached and fits the credential; never the number."""
    if read.evidence is None or claims is None:
        return Mark.UNCHECKED, "Tanda tangan orangnya sendiri tidak ada di lembar; ia ada di berkas bukti miliknya"
    try:
        stated = evidence.verify(read.evidence, relying_party=place.relying_party, origins=(place.origin,))
        _check_hash(read.evidence, claims)
        _check_person(stated, claims)
        _check_time(stated, claims)
        _check_enrolment(read, place, claims)
    except Refusal as refusal:
        if refusal.reason is Reason.LEDGER_RENAMED:
            return Mark.UNCHECKED, "Tanda tangan orangnya sendiri cocok; pendaftaran kuncinya belum diperiksa"
        differs = "Tanda tangan orangnya sendiri tidak cocok ({reason})"
        return Mark.NO, sentence(differs, reason=refusal.reason.value)
    return Mark.YES, "Tanda tangan orangnya sendiri cocok, dengan kunci yang tercatat sebelum ia menandatangani"


def _check_hash(text: bytes, claims: Claims) -> None:
    """Check that the certificate was issued for this evidence."""
    if evidence.hash(text) != claims.evidence_hash:
        raise Refusal(Reason.EVIDENCE_MALFORMED)


def _check_person(stated: Statement, claims: Claims) -> None:
    """Check that the certificate names who signed, and what."""
    if stated.edition != claims.edition or claims.name not in (None, stated.signer.name):
        raise Refusal(Reason.EVIDENCE_MALFORMED)


def _check_time(stated: Statement, claims: Claims) -> None:
    """Check that the certificate is of the time that the person signed."""
    if not rules.is_of_one_act(prepared_at=stated.prepared_at, issued_at=presentation.moment(claims.issued_at)):
        raise Refusal(Reason.TIMES_DIFFER)


def _check_enrolment(read: PdfFacts, place: Place, claims: Claims) -> None:
    """Check that the key stood in the ledger before the pact."""
    found = evidence.parse(read.evidence or b"")
    if read.enrolment is None or place.key_set is None:
        raise Refusal(Reason.LEDGER_MISSING)
    inside = proof.parse(read.enrolment)
    kinds = (EntryKind.KEY_ENROLLED, EntryKind.KEY_RECOVERED)
    kind = kinds[evidence.parse_enrolment(found.record).way == "recovery"]
    _check(inside, ledgerentry.entry(kind, found.record), place.key_set, place)
    if place.policy is not None:
        _cosigned(inside, place.policy)
    if inside.index != found.index or found.index >= claims.ledger_index:
        raise Refusal(Reason.ENROLMENT_DIFFERS)
