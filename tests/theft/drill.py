"""Ways of the thief: who refuses or names each, in which words, by which check.

A way is tried on a fresh copy: the reader must say what `names` matches.  With the check skipped it says nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.theft import forks, readers, ways
from tests.theft.booty import Thief
from tests.theft.readers import Patch, Said


@dataclass(frozen=True)
class Way:
    """One way.

    goal   a to f of the drill            act  what the thief does, and gives the reader
    check  a name of CHECKS               also what the reader's other checks say of it, who need not be asked
    """

    goal: str
    act: Callable[[Thief], object]
    reader: Callable[[Thief, Any], Said]
    names: str
    check: str
    also: str = ""

    @property
    def name(self) -> str:
        """Return it for the list of tests."""
        return f"{self.goal} {self.act.__name__}"


CHECKS: Mapping[str, Callable[[Patch], None]] = {
    "evidence: the signature": readers.believing("pakta.core.signature.verify_es256"),
    "evidence: the key is the statement's": readers.any_thumbprint,
    "evidence: the enrolment is of this key and number": readers.any_enrolment,
    "evidence: the challenge is the statement": readers.any_of_passkey(
        "expected_challenge", lambda said: base64.urlsafe_b64decode(said["challenge"] + "==")
    ),
    "evidence: the origin": readers.any_of_passkey("expected_origin", lambda said: said["origin"]),
    "evidence: the assertion's signature": readers.any_assertion,
    "berkas: the evidence is the certificate's": readers.believing("pakta.verification.document._check_hash"),
    "berkas: the name is the signer's": readers.believing("pakta.verification.document._check_person"),
    "berkas: the time is the signer's": readers.believing("pakta.verification.document._check_time"),
    "berkas: the key was enrolled before": readers.believing("pakta.verification.document._check_enrolment"),
    "check: evidence": readers.silent("pakta.selfcheck.evidence.check"),
    "check: the time is the signer's": readers.silent("pakta.selfcheck.evidence.check_time"),
    "check: heads before the entry": readers.silent("pakta.selfcheck.times.check_after"),
    "check: words of witnesses": readers.silent("pakta.ledger.witnesscheck.check"),
    "check: entries without a row": readers.silent("pakta.selfcheck.entries.unclaimed"),
    "check: rows without an entry": readers.silent("pakta.selfcheck.entries.compare"),
    "check: the ledger": readers.silent("pakta.ledger.check.check"),
    "check: marks of absences": readers.silent("pakta.selfcheck.absences.check"),
    "check: statuses": readers.silent("pakta.selfcheck.statuses.check"),
    "qr: the place in the ledger": readers.any_place,
    "qr: the witnesses": readers.any_witness,
    "owner: all keys": readers.oldest_key_only,
}
WAYS = (
    Way("a", ways.random_signature,
        readers.of_evidence, "SIGNATURE_DIFFERS", "evidence: the signature"),
    Way("a", ways.signature_of_another_statement,
        readers.of_evidence, "SIGNATURE_DIFFERS", "evidence: the signature"),
    Way("a", ways.exchanged_key,
        readers.of_evidence, "KEY_DIFFERS", "evidence: the key is the statement's"),
    Way("a", ways.own_key_with_her_enrolment,
        readers.of_evidence, "ENROLMENT_DIFFERS",
        "evidence: the enrolment is of this key and number"),
    Way("a", ways.joko_signs_as_ani,
        readers.of_evidence, "ENROLMENT_DIFFERS",
        "evidence: the enrolment is of this key and number"),
    Way("a", ways.assertion_of_a_sign_in,
        readers.of_evidence, "PASSKEY_DIFFERS",
        "evidence: the challenge is the statement"),
    Way("a", ways.assertion_of_an_own_passkey,
        readers.of_evidence, "PASSKEY_DIFFERS",
        "evidence: the assertion's signature"),
    Way("a", ways.assertion_made_elsewhere,
        readers.of_evidence, "PASSKEY_DIFFERS", "evidence: the origin"),
    Way("a", ways.certificate_without_evidence,
        readers.of_ledger, "evidence of .*: is missing", "check: evidence"),
    Way("a", ways.certificate_with_false_evidence,
        readers.of_ledger, r"evidence of .*: does not hold \(SIGNATURE_DIFFERS",
        "evidence: the signature"),
    Way("a", ways.berkas_of_someone_else,
        readers.of_paper, ".*EVIDENCE_MALFORMED", "berkas: the name is the signer's"),
    Way("a", ways.berkas_with_other_evidence,
        readers.of_paper, ".*EVIDENCE_MALFORMED",
        "berkas: the evidence is the certificate's"),
    Way("b", ways.pact_of_long_ago,
        readers.of_ledger, r"credential .*: is older than checkpoint \d+",
        "check: heads before the entry"),
    Way("b", ways.pact_of_long_ago_with_other_times,
        readers.of_ledger,
        "cosignature of .*: was made at another time than its row says", "check: words of witnesses",
        also="credential .*: is younger than checkpoint"),
    Way("b", ways.pact_of_long_ago_without_their_words,
        readers.of_ledger,
        r"checkpoint \d+: is called witnessed, and lacks cosignatures", "check: words of witnesses"),
    Way("b", ways.other_date_on_a_true_pact,
        readers.of_paper, ".*TIMES_DIFFER", "berkas: the time is the signer's"),
    Way("b", ways.other_date_in_the_tables,
        readers.of_ledger, "evidence of .*: its statement is of another time",
        "check: the time is the signer's",
        also="(entry .*: no credential stands behind it|credential .*: is older than checkpoint)"),
    Way("c", ways.removed_rows,
        readers.of_ledger, r"entry \d+: no credential stands behind it",
        "check: entries without a row"),
    Way("c", ways.removed_rows_and_payload,
        readers.of_ledger, r"payload \d+: missing", "check: the ledger"),
    Way("c", ways.removed_as_if_erased,
        readers.of_ledger, r"absence \d+: says erased, but it was not we",
        "check: marks of absences"),
    Way("c", ways.removed_entry,
        readers.of_ledger, r"(checkpoint|payload|tile) .*", "check: the ledger",
        also="entry .*: no credential stands behind it"),
    Way("c", ways.removed_from_a_new_history,
        readers.of_qr, "TIDAK DIKENAL NOT_IN_LEDGER", "qr: the place in the ledger",
        also=".* WITNESSES_TOO_FEW"),
    Way("c", ways.revoked_quietly,
        readers.of_ledger, "status of .*: is 0, the newest status list says 1",
        "check: statuses"),
    Way("d", ways.exchanged_rows,
        readers.of_ledger, "evidence of .*: .*are of different people", "check: evidence",
        also="mark of .*: (unit_id is not where the certificate was signed|signed_at is not when .* was issued)"),
    Way("d", ways.exchanged_evidence,
        readers.of_ledger, "evidence of .*: is not what its credential names",
        "check: evidence"),
    Way("d", ways.exchanged_name_in_the_qr,
        readers.of_qr, "TIDAK DIKENAL NOT_IN_LEDGER", "qr: the place in the ledger"),
    Way("d", ways.exchanged_name_in_the_row,
        readers.of_ledger, r"credential .*: entry \d+ differs",
        "check: rows without an entry",
        also="evidence .*: its statement names another person"),
    Way("d", ways.exchanged_name_in_a_new_history,
        readers.of_ledger,
        "evidence of .*: its statement names another person than its credential", "check: evidence"),
    Way("d", ways.exchanged_name_on_paper,
        readers.of_paper, ".*EVIDENCE_MALFORMED", "berkas: the name is the signer's"),
    Way("e", ways.shown_second_key,
        readers.of_owner, "another key: ", "owner: all keys"),
    Way("e", ways.second_key_without_entry,
        readers.of_ledger, r"key \d+: entry \d+ differs",
        "check: rows without an entry"),
    Way("e", ways.second_key_without_row,
        readers.of_ledger, r"entry \d+: no key stands behind it",
        "check: entries without a row"),
    Way("e", ways.pact_before_its_key,
        readers.of_paper, ".*ENROLMENT_DIFFERS", "berkas: the key was enrolled before"),
    Way("f", forks.forged_in_a_fork,
        readers.of_qr, "TIDAK DAPAT DIPERIKSA WITNESSES_TOO_FEW", "qr: the witnesses"),
)  # fmt: skip
