"""An evidence file by itself (evidence.json, as berkas bukti carries it): what it proves without its certificate.

It proves that a key signed the statement, and with the ledger that this key was enrolled.  That the pact was accepted
and is still in force only a certificate says: so the word is never SAH.  The identity number in it is never shown.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from pakta.core import evidence, keyset, ledgerentry, merkle, note
from pakta.core.errors import Reason, Refusal
from pakta.core.evidence import Evidence
from pakta.core.ledgerentry import EntryKind
from pakta.core.statement import Statement
from pakta.core.verdict import Mark, Step, Verdict, Word
from pakta.verification import publicfiles
from pakta.verification.document import Fact, Finding
from pakta.verification.publicfiles import Files
from pakta.web.language import sentence


def examine(content: bytes, published: Files, *, origin: str) -> Finding:
    """Return what an evidence file shows; refuses what is none with EVIDENCE_MALFORMED."""
    found = evidence.parse(content)
    try:
        stated = evidence.verify(content, relying_party=urlsplit(origin).hostname or "", origins=(origin,))
    except Refusal as refusal:
        told = sentence("Tanda tangan orangnya sendiri tidak cocok ({reason})", reason=refusal.reason.value)
        return Finding(_verdict(Word.UNKNOWN, refusal.reason), ((Mark.NO, told),))
    enrolled = _enrolment(found, published, host=origin.split("://", 1)[1])
    signed = _signed(stated, enrolled)
    if enrolled[0] == Mark.NO:
        return Finding(_verdict(Word.UNKNOWN, Reason.ENROLMENT_DIFFERS), (signed, enrolled))
    return Finding(_verdict(Word.UNCHECKED, Reason.EVIDENCE_ALONE), (signed, enrolled))


def _signed(stated: Statement, enrolled: Fact) -> Fact:
    """Say who signed: anybody can sign with a key of their own in any name, so it must be proved to be enrolled."""
    who = {"name": stated.signer.name, "edition": stated.edition}
    if enrolled[0] == Mark.YES:
        return Mark.YES, sentence("Tanda tangan orangnya sendiri cocok: {name}, pakta {edition}", **who)
    claimed = "Berkas ini mengaku dari {name}, pakta {edition}, belum diperiksa: hanya cocok dengan kuncinya sendiri"
    return Mark.UNCHECKED, sentence(claimed, **who)


def _verdict(word: Word, reason: Reason) -> Verdict:
    return Verdict(word, reason, tuple((step, Mark.UNCHECKED) for step in Step))


def _enrolment(found: Evidence, published: Files, *, host: str) -> Fact:
    """Say whether the ledger holds the key's enrolment where the evidence says."""
    held = publicfiles.inclusion(published, index=found.index)
    if published.key_set is None or held is None or held.path is None:
        return Mark.UNCHECKED, "Pendaftaran kuncinya di buku catatan belum diperiksa"
    try:
        known = keyset.verify(published.key_set, host=host)
        head = note.parse_checkpoint(note.verify(held.checkpoint, verifier_key=known.log_vkey))
    except Refusal as refusal:
        unchecked = "Pendaftaran kuncinya di buku catatan belum diperiksa ({reason})"
        return Mark.UNCHECKED, sentence(unchecked, reason=refusal.reason.value)
    recovered = evidence.parse_enrolment(found.record).way == "recovery"
    kind = EntryKind.KEY_RECOVERED if recovered else EntryKind.KEY_ENROLLED
    leaf = merkle.leaf_hash(ledgerentry.entry(kind, found.record))
    try:
        merkle.verify_inclusion(leaf_hash=leaf, index=found.index, size=head.size, path=held.path, root=head.root)
    except Refusal:
        return Mark.NO, "Pendaftaran kuncinya tidak ada di buku catatan pada urutan yang disebut"
    enrolled = "Kuncinya terdaftar di buku catatan, urutan {index} dari {size}"
    return Mark.YES, sentence(enrolled, index=found.index, size=head.size)
