"""What nobody refuses, said as it is: each of these the thief can do, and docs/threat-model.md says so."""

from __future__ import annotations

from pathlib import Path

from pakta.core import evidence, ledgerentry, note, submission
from pakta.core.ledgerentry import EntryKind
from pakta.core.verdict import Word
from pakta.witness import folder as folders
from pakta.witness import server
from pakta.witness.adding import Witness as Cosigner
from pakta.witness.store import Store
from tests.theft import forks, readers
from tests.theft.booty import Thief
from tests.theft.ways import back_dated, removed_as_we_erase, second_key


def test_the_limit_a_pact_under_a_second_key_verifies(thief: Thief) -> None:
    """The claim covers a key that a person already uses; who names the second one: test_forks, `shown_second_key`."""
    row, own = second_key(thief)
    record, index, key = row.record, row.ledger_index, row.thumbprint
    text = thief.statement("ani", key=key)
    made = thief.claim(
        "ani", statement=text, proof=own.proof(text), jwk=own.jwk, enrolment_record=record, enrolment_index=index
    )
    assert readers.of_evidence(thief, made) == []
    issued = thief.issue("ani", made, key=thief.keys("ani")[-1])
    assert readers.judged(thief, readers.address(thief, issued), witnessed=False).word is Word.SAH
    berkas = thief.berkas(issued, made)
    assert readers.of_paper(thief, berkas) == []
    thief.run("UPDATE credentials SET method = 2 WHERE id = :id", id=issued.id)
    assert evidence.parse(made).index == index
    assert [each for each in readers.of_ledger(thief, None) if not each.startswith(("evidence", "credential"))] == []


def test_the_limit_a_qr_does_not_show_that_nobody_signed(thief: Thief, tmp_path: Path) -> None:
    """A witness cosigns what goes on from its head: it cannot know.  `ledger check` and the berkas bukti do."""
    honest = thief.scene.head()
    row = thief.issue("ani", None)
    shown, head = readers.address(thief, row), forks.newest(thief)
    assert readers.judged(thief, shown, witnessed=False).word is Word.SAH
    folders.create(tmp_path / "saksi", name="saksi.example")
    key = folders.open_folder(tmp_path / "saksi").key
    cosigner = Cosigner(key, Store(tmp_path / "saksi" / folders.STORE), server.now)
    size = note.parse_checkpoint(note.unverified_body(honest)).size
    vkey = note.vkey(name=head.note.split(b"\n")[0].decode(), public_key=thief.keyring.ledger.public_bytes)
    with cosigner.store.writing() as logs:
        logs.trust(vkey, at=0)
    cosigner.add_checkpoint(submission.make(old_size=0, path=[], checkpoint=honest))
    path = forks.path(thief, size, head)
    assert cosigner.add_checkpoint(submission.make(old_size=size, path=path, checkpoint=head.note))


def test_the_limit_who_signs_a_false_date_is_named_by_kept_words_of_witnesses_alone(thief: Thief) -> None:
    """Where the thief throws all of them away `ledger check` knows of no time any more but the server's own."""
    back_dated(thief)
    assert any("is older than checkpoint" in each for each in readers.of_ledger(thief, None))
    thief.run("DELETE FROM ledger_witnessed")
    thief.run("DELETE FROM ledger_cosignatures")
    assert readers.of_ledger(thief, None) == []


def test_the_limit_a_whole_new_history_agrees_with_itself(thief: Thief) -> None:
    """`ledger check` compares the database with itself; who kept a head knows better: test_forks."""
    forks.shorter(thief)
    assert [each for each in readers.of_ledger(thief, None) if not each.startswith(("status list", "key set"))] == []


def test_the_limit_a_thief_with_the_pepper_can_call_a_removal_an_erasure(thief: Thief) -> None:
    """`ledger check` is deceived; siti's certificate stays SAH for everybody, and its entry stays in the ledger."""
    row = thief.certificate("siti")
    shown, entry = readers.address(thief, row), ledgerentry.entry(EntryKind.CREDENTIAL, row.to_be_signed)
    index, place = row.ledger_index, row.status_index
    removed_as_we_erase(thief, "siti")
    said = [each for each in readers.of_ledger(thief, None) if "erased place" not in each]
    assert said == [] and place == index
    assert readers.judged(thief, shown).word is Word.SAH
    assert entry.hex() in {row[0].hex() for row in thief.session.execute(readers.all_entries())}
