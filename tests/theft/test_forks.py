"""Another history under the same key: witnesses refuse it, readers with a policy do not believe it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pakta.core import note, submission
from pakta.core import policy as policies
from pakta.core.errors import Reason, Refusal
from pakta.core.note import Checkpoint as Stated
from pakta.ledger.models import Checkpoint
from pakta.monitor import service
from pakta.verification import pinned
from pakta.witness import folder as folders
from pakta.witness import server
from pakta.witness.adding import Conflict
from pakta.witness.adding import Witness as Cosigner
from pakta.witness.rules import Refused
from pakta.witness.store import Store
from tests import slices
from tests.people import KNOWN
from tests.theft import forks
from tests.theft.booty import Scene, Thief
from tests.theft.forks import Stage
from tests.theft.ways import quiet_status, second_key

WHOLE_ON_POSTGRESQL = True  # its conftest picks what the database may matter for

Act = Callable[[Thief], Checkpoint]
# what the thief shows a witness, the size that the thief claims to go on from (None: the witness's own), its answer
HEADS: tuple[tuple[Act, int | None, int], ...] = (
    (forks.other_of_this_size, None, 409),
    (forks.other_and_longer, None, 422),
    (forks.other_and_longer, 0, 409),
    (forks.shorter, None, 400),
    (forks.shorter, 0, 409),
    (forks.shorter_and_other, None, 422),
)


def stated(text: bytes) -> Stated:
    """Return what a note says."""
    return note.parse_checkpoint(note.unverified_body(text))


def request(thief: Thief, head: Checkpoint, old_size: int) -> bytes:
    """Return what the thief sends: the path is that of the thief's own tree."""
    path = forks.path(thief, old_size, head) if 0 < old_size < head.size else []
    return submission.make(old_size=old_size, path=path, checkpoint=head.note)


@pytest.mark.parametrize(("act", "claimed", "status"), HEADS)
def test_no_witness_cosigns_another_history(thief: Thief, act: Act, claimed: int | None, status: int) -> None:
    held = stated(thief.scene.head())
    head = act(thief)
    body = request(thief, head, held.size if claimed is None else claimed)
    for witness in thief.scene.witnesses.values():
        answer = witness.add(body)
        assert answer.status == status
        assert witness.head(held.origin).root == held.root
    assert thief.config.policy is not None
    with pytest.raises(Refusal) as refused:
        policies.verify(head.note, policy=thief.config.policy)
    assert refused.value.reason is Reason.WITNESSES_TOO_FEW


@pytest.mark.parametrize(("act", "claimed", "status"), HEADS)
def test_a_witness_that_does_not_compare_would_be_deceived(
    thief: Thief, act: Act, claimed: int | None, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders.create(tmp_path / "saksi", name="saksi.example")
    key = folders.open_folder(tmp_path / "saksi").key
    cosigner = Cosigner(key, Store(tmp_path / "saksi" / folders.STORE), server.now)
    honest = thief.scene.head()
    with cosigner.store.writing() as logs:
        logs.trust(thief_vkey(thief), at=0)
    cosigner.add_checkpoint(submission.make(old_size=0, path=[], checkpoint=honest))
    size = stated(honest).size
    head = act(thief)
    body = request(thief, head, size if claimed is None else claimed)
    with pytest.raises((Refused, Conflict)):
        cosigner.add_checkpoint(body)
    monkeypatch.setattr("pakta.witness.rules.check_follows", lambda *_, **__: None)
    line = cosigner.add_checkpoint(body)
    rule = policies.parse(f"witness satu {key.vkey}\nquorum satu\n".encode())
    assert policies.verify(head.note + line.encode(), policy=rule).times


def thief_vkey(thief: Thief) -> str:
    """Return the ledger's verifier key."""
    return note.vkey(name=stated(thief.scene.head()).origin, public_key=thief.keyring.ledger.public_bytes)


@pytest.fixture
def stage(scene: Scene) -> Iterator[Stage]:
    """Serve the honest city, for the thief to take its place."""
    with forks.served(scene.city.app) as stage:
        yield stage


def grown(thief: Thief, change: Callable[[Thief], object]) -> None:
    """Do something to the copy that goes on from the honest head."""
    change(thief)
    thief.world.settle()


def quietly_revoked(thief: Thief) -> None:
    """Publish a status list that calls siti's certificate revoked, and enter no revocation."""
    quiet_status(thief, "siti")


def another_policy(thief: Thief) -> None:
    """Serve scripts that ask for no witness: those of an app without a policy, as `without_policy` does."""


# what the thief does, what the monitor calls it, and the checks that name it
LIES: tuple[tuple[Callable[[Thief], object], str, str], ...] = (
    (forks.other_of_this_size, "LOG_EQUIVOCATES", "head.check_not_equivocating"),
    (forks.other_and_longer, "LOG_FORKED", "head.check_not_forked tree.compare_old"),
    (forks.shorter, "LOG_REWOUND", "head.check_not_rewound"),
    (forks.shorter_and_other, "LOG_FORKED", "head.check_not_forked tree.compare_old"),
    (quietly_revoked, "STATUS_NOT_RECORDED", "marks.check_revoked"),
    (another_policy, "SCRIPT_CHANGED", "served.check_script served.check_words"),
)


@pytest.mark.parametrize(
    ("act", "word", "check"), slices.some(LIES, 1, of=2), ids=lambda each: getattr(each, "__name__", each)
)
def test_a_monitor_names_it_and_without_the_check_does_not(
    thief: Thief, stage: Stage, tmp_path: Path, act: Act, word: str, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same monitor, whose state is that of the honest city, looks twice."""
    path = tmp_path / "state.json"
    assert forks.watch(thief.config.origin, path, rules=thief.config.policy).findings == []
    act(thief)
    stage.app = forks.without_policy(thief)
    report = forks.watch(thief.config.origin, path)
    assert word in {str(each.word) for each in report.findings}, report.findings
    for each in check.split():
        monkeypatch.setattr(f"pakta.monitor.{each}", lambda *_, **__: iter(()))
    again = forks.watch(thief.config.origin, path)
    assert word not in {str(each.word) for each in again.findings}


def test_a_monitor_with_the_policy_names_a_fork_that_it_sees_first(
    thief: Thief, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forks.other_and_longer(thief)
    stage.app = forks.without_policy(thief)
    report = forks.watch(thief.config.origin, tmp_path / "a.json", rules=thief.config.policy)
    assert [str(each.word) for each in report.findings] == ["WITNESSES_TOO_FEW"]
    monkeypatch.setattr("pakta.monitor.head.check_witnesses", lambda *_: None)
    report = forks.watch(thief.config.origin, tmp_path / "b.json", rules=thief.config.policy)
    assert "WITNESSES_TOO_FEW" not in {str(each.word) for each in report.findings}


def hidden(lines: list[str]) -> list[str]:
    """Leave the last enrolment out."""
    return lines[:-1]


def called_erased(lines: list[str]) -> list[str]:
    """Call the last enrolment erased."""
    found = re.match(r'{"index":(\d+)', lines[-1])
    assert found is not None
    return [*lines[:-1], f'{{"index":{found[1]},"absent":"erased"}}\n']


EXPORTS: tuple[tuple[Callable[[list[str]], list[str]], str, str, tuple[str, ...]], ...] = (
    (list, "ENROLLED_TWICE", "check_once", ("ani",)),
    (list, "ENROLMENT_WITHOUT_RECEIPT", "check_receipt", ()),
    (hidden, "ENROLMENT_HIDDEN", "check_hidden", ("ani",)),
    (called_erased, "ENROLMENT_ERASED", "check_erased", ("ani",)),
)


@pytest.mark.parametrize(
    ("change", "word", "check", "more"), slices.some(EXPORTS, 0, of=2), ids=lambda each: getattr(each, "__name__", "")
)
def test_an_institution_names_a_second_key_whatever_the_thief_exports(
    thief: Thief, stage: Stage, tmp_path: Path, change: Callable[[list[str]], list[str]], word: str, check: str,
    more: tuple[str, ...], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Ani's own first key is not the thief's: in the second case hers is the enrolment without a receipt."""
    enrolled = ("siti", "budi", "joko", "lina", "rini", *more)
    receipts = tmp_path / "tanda-terima.csv"
    receipts.write_text("number,purpose\n" + "".join(f"{KNOWN[who].number},first\n" for who in enrolled))
    (tmp_path / "jujur.jsonl").write_text(forks.export(thief))
    second_key(thief)
    (tmp_path / "ekspor.jsonl").write_text(forks.export(thief, change))
    stage.app = forks.without_policy(thief)

    def names(export: str) -> set[str]:
        lists = service.lists(export=tmp_path / export, roster=None, receipts=receipts, erased=None)
        return {
            str(each.word) for each in forks.watch(thief.config.origin, tmp_path / "x.json", lists=lists).findings
        }

    assert word in names("ekspor.jsonl")
    assert more == () or word not in names("jujur.jsonl")
    monkeypatch.setattr(f"pakta.monitor.institution.{check}", lambda *_, **__: iter(()))
    assert word not in names("ekspor.jsonl")


def test_the_policy_in_the_served_script_is_the_one_that_was_released(thief: Thief) -> None:
    """What another_policy changes: the script of a server that has one is not that of a server without."""
    assert pinned.script(thief.config.policy) != pinned.script(None)
