"""With its own roster and receipts an institution names every enrolment that nobody handed a slip for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pakta.monitor import service, told
from pakta.monitor.findings import Unread, Word
from pakta.monitor.service import Report
from tests.monitor.town import Town
from tests.monitor.watching import watch, words

PEOPLE = {f"19860926201505290{at}": f"Pegawai {at}" for at in range(3)}


@dataclass
class Office:
    """An institution's files beside a town's ledger."""

    town: Town
    folder: Path
    roster: str = "number;name\n" + "".join(f"'{number};{name}\n" for number, name in PEOPLE.items())
    receipts: str = "number,purpose,taken_on\n" + "".join(f"{number},first,2026-11-20\n" for number in PEOPLE)
    erased: str = ""

    def report(self, export: str | None = None) -> Report:
        """Let the monitor compare everything."""
        lists = service.lists(
            export=self.file("ekspor.jsonl", self.town.export() if export is None else export),
            roster=self.file("pegawai.csv", "\ufeff" + self.roster),
            receipts=self.file("tanda-terima.csv", self.receipts),
            erased=self.file("dihapus.txt", self.erased),
        )
        return watch(self.town, self.folder / "state.json", lists=lists)

    def file(self, name: str, content: str) -> Path:
        """Write a file."""
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def recover(self, *, receipt: bool) -> None:
        """Recover the first person's key, with a receipt or without."""
        self.town.enrol(next(iter(PEOPLE)), way="recovery")
        self.town.publish()
        if receipt:
            self.receipts += f"{next(iter(PEOPLE))},recovery,2026-11-21\n"


@pytest.fixture
def office(town: Town, tmp_path: Path) -> Office:
    """Give an office whose three people have enrolled against receipts."""
    return Office(town.live(), tmp_path)


def enrol(office: Office, number: str) -> int:
    """Enrol a key and publish the ledger."""
    index = office.town.enrol(number)
    office.town.publish()
    return index


def without_receipt(office: Office) -> Report:
    """Lose one receipt."""
    office.receipts = office.receipts.replace("198609262015052901,first,2026-11-20\n", "")
    return office.report()


def hidden(office: Office) -> Report:
    """Enrol a key that the export leaves out."""
    index = enrol(office, "198609262015052901")
    office.town.records.pop(index)
    return office.report()


def of_nobody(office: Office) -> Report:
    """Enrol a key for someone of no roster, with a receipt."""
    enrol(office, "198609262015052907")
    office.receipts += "198609262015052907,first,2026-11-20\n"
    return office.report()


def twice(office: Office) -> Report:
    """Enrol a second first key for a person."""
    enrol(office, "198609262015052901")
    return office.report()


def recovery(office: Office) -> Report:
    """Recover a key without a receipt of its own."""
    office.recover(receipt=False)
    return office.report()


def second_recovery(office: Office) -> Report:
    """Recover a key twice against one receipt."""
    office.recover(receipt=True)
    office.recover(receipt=False)
    return office.report()


def other_record(office: Office) -> Report:
    """Name another person in the export than the ledger does."""
    index = min(office.town.records)
    office.town.records[index] = office.town.records[index].replace(b"052900", b"052901")
    return office.report()


def other_kind(office: Office) -> Report:
    """Enter a recovery as if it were a first key."""
    record = office.town.records[min(office.town.records)].replace(b'"slip"', b'"recovery"')
    office.town.records[office.town.enter(2, record)] = record  # type: ignore[arg-type]
    office.town.publish()
    return office.report()


def erased(office: Office) -> Report:
    """Call an enrolment erased of whose erasure the office knows nothing."""
    index = min(office.town.records)
    lines = office.town.export().splitlines(keepends=True)
    lines[1] = f'{{"index":{index},"absent":"erased"}}\n'
    return office.report("".join(lines))


def of_nothing(office: Office) -> Report:
    """Export that the ledger had no entry yet."""
    return office.report('{"v":1,"size":0}\n')


FORGERIES: tuple[tuple[Callable[[Office], Report], str, str, str], ...] = (
    (without_receipt, "ENROLMENT_WITHOUT_RECEIPT", "institution.check_receipt", "198609262015052901 Pegawai 1"),
    (hidden, "ENROLMENT_HIDDEN", "institution.check_hidden", ""),
    (of_nobody, "PERSON_NOT_IN_ROSTER", "institution.check_roster", "198609262015052907"),
    (twice, "ENROLLED_TWICE", "institution.check_once", "198609262015052901 Pegawai 1"),
    (recovery, "RECOVERY_WITHOUT_RECEIPT", "institution.check_receipt", "198609262015052900 Pegawai 0"),
    (second_recovery, "RECOVERY_WITHOUT_RECEIPT", "institution.check_receipt", "198609262015052900 Pegawai 0"),
    (other_record, "RECORD_DIFFERS", "institution.check_record", ""),
    (other_kind, "RECORD_DIFFERS", "institution.check_record", ""),
    (erased, "ENROLMENT_ERASED", "institution.check_erased", ""),
    (of_nothing, "EXPORT_TOO_OLD", "institution.check_export_size", "0"),
)


@pytest.mark.parametrize(("forge", "word", "check", "who"), FORGERIES, ids=[each[0].__name__ for each in FORGERIES])
def test_a_forgery_is_named_with_its_entry_and_person(
    office: Office, forge: Callable[[Office], Report], word: str, check: str, who: str
) -> None:
    report = forge(office)
    assert [str(each.word) for each in report.findings] == [word]
    assert report.findings[0].where.endswith(who)
    assert report.findings[0].where.split(" ")[0].isdigit()


@pytest.mark.parametrize(("forge", "word", "check", "who"), FORGERIES, ids=[each[0].__name__ for each in FORGERIES])
def test_a_monitor_that_skips_the_check_misses_the_forgery(
    office: Office,
    forge: Callable[[Office], Report],
    word: str,
    check: str,
    who: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"pakta.monitor.{check}", lambda *_, **__: iter(()))
    assert word not in words(forge(office))


def test_an_office_whose_slips_were_all_receipted_agrees(office: Office) -> None:
    office.recover(receipt=True)
    report = office.report()
    assert (words(report), report.first) == (set(), 0)
    assert report.people is not None and report.people.records == 4


def test_a_known_erasure_is_no_finding(office: Office) -> None:
    office.erased = f"{min(office.town.records)}\n"
    assert words(erased(office)) == set()


def test_what_is_newer_than_the_export_is_counted_and_keeps_all_from_being_called_good(office: Office) -> None:
    old = office.town.export()
    enrol(office, "198609262015052901")
    report = office.report(old)
    assert words(report) == {"EXPORT_TOO_OLD"} and report.people is not None and report.people.newer == 1
    assert json.loads(told.as_json(report))["people"] == {"records": 3, "size": 14, "newer": 1, "ahead": 0}


def test_what_the_head_does_not_cover_yet_is_counted_and_not_judged(office: Office) -> None:
    office.town.enrol("198609262015052909")
    report = office.report()
    assert words(report) == set() and report.people is not None and report.people.ahead == 1


@pytest.mark.parametrize(
    "export",
    [
        "", "{}\n", "[]\n", "not json\n", '{"v":1,"size":-1}\n', '{"v":2,"size":9}\n',
        '{"v":1,"size":9}\n{"index":1}\n',
        '{"v":1,"size":9}\n{"index":9,"absent":"erased"}\n', '{"v":1,"size":9}\n{"index":1,"record":"*"}\n',
        '{"v":1,"size":9}\n{"index":true,"absent":"erased"}\n', '{"v":1,"size":9}\n' + "[" * 70_000,
        '{"v":1,"size":9}\n{"index":2,"absent":"erased"}\n{"index":1,"absent":"erased"}\n',
    ],
)  # fmt: skip
def test_an_export_of_no_form_concludes_nothing(office: Office, export: str) -> None:
    with pytest.raises(Unread) as unread:
        office.report(export)
    assert unread.value.finding.word == "FILE_UNREADABLE"
    assert not (office.folder / "state.json").exists()


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("roster", "", "1: number"),
        ("roster", "nama\nSiti\n", "1: number"),
        ("roster", "number\n1.98609E+17\n", "2: number"),
        ("roster", "number\n198609262015052901\nx\n", "3: number"),
        ("receipts", "number\n198609262015052901\n", "1: number, purpose"),
        ("receipts", "number,purpose\n198609262015052901,lost\n", "2: purpose"),
        ("receipts", "number,purpose\n198609262015052901\n", "2: purpose"),
        ("erased", "1 zwei", ""),
    ],
)
def test_a_list_of_no_form_concludes_nothing_and_names_the_line(
    office: Office, name: str, content: str, where: str
) -> None:
    setattr(office, name, content)
    with pytest.raises(Unread) as unread:
        office.report()
    assert (unread.value.finding.word, unread.value.finding.what) == (Word.FILE_UNREADABLE, where)
