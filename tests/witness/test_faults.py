"""When the machine fails: nothing is cosigned that is not on the disk, and what is on the disk is not forgotten."""

from __future__ import annotations

import http.client
import resource
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pakta.core import submission
from tests import disks
from tests.verification.paper import City
from tests.witness.growing import origin_of, request
from tests.witness.running import Witness, run_witness

PLANTED = ("-m", "tests.witness.planted")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a disk of 160 KiB; only root may make one."""
    with disks.small(tmp_path / "disk", size="160k") as folder:
        yield folder


def test_on_a_full_disk_nothing_is_cosigned_and_nothing_is_lost(small_disk: Path, city: City) -> None:
    statuses = []
    with run_witness(small_disk / "saksi", trusting=[city.ledger_vkey]) as witness:
        for size, leaving in enumerate(range(0, 64 * 1024 + 1, 4096), 1):
            filler = disks.fill(small_disk, leaving=leaving)
            answer = witness.add(request(city, size - 1, size))
            filler.unlink()
            statuses.append(answer.status)
            assert witness.head(origin_of(city)).size == (size if answer.status == 200 else size - 1)
            if answer.status != 200:
                assert answer.body == b"STORE_UNAVAILABLE\n"
                assert witness.add(request(city, size - 1, size)).status == 200
    assert (statuses[0], statuses[-1]) == (503, 200)
    assert set(statuses) == {200, 503}


def test_where_files_may_not_grow_nothing_is_cosigned_and_nothing_is_lost(tmp_path: Path, city: City) -> None:
    with run_witness(tmp_path / "saksi", trusting=[city.ledger_vkey]) as witness:
        assert witness.add(request(city, 0, 4)).status == 200
        (worker,) = witness.children()
        usual = resource.prlimit(worker, resource.RLIMIT_FSIZE)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (4096, usual[1]))
        assert witness.add(request(city, 4, 5)).status == 503
        resource.prlimit(worker, resource.RLIMIT_FSIZE, usual)
        assert witness.head(origin_of(city)).size == 4
        assert witness.add(request(city, 4, 5)).status == 200


def test_while_the_file_is_locked_nothing_is_cosigned(witness: Witness, city: City) -> None:
    with closing(sqlite3.connect(witness.folder / "witness.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert witness.add(request(city, 0, 5)).status == 503
        holder.execute("ROLLBACK")
    assert witness.head(origin_of(city)).size == 0
    assert witness.add(request(city, 0, 5)).status == 200
    assert "503 SQLITE_BUSY" in witness.said


def test_a_file_that_is_gone_or_damaged_is_never_made_anew(tmp_path: Path, city: City) -> None:
    with run_witness(tmp_path / "saksi", trusting=[city.ledger_vkey]) as witness:
        assert witness.add(request(city, 0, 5)).status == 200
        path, away = witness.folder / "witness.sqlite", tmp_path / "away"
        path.rename(away)
        assert witness.add(request(city, 0, 5)).status == 503
        assert not path.exists()
        path.write_bytes(away.read_bytes()[:5000])
        assert witness.add(request(city, 0, 5)).status == 503
        away.rename(path)
        assert witness.add(request(city, 5, 6)).status == 200


def test_what_was_cosigned_is_known_after_a_restart_of_either_kind(tmp_path: Path, city: City) -> None:
    with run_witness(tmp_path / "saksi", trusting=[city.ledger_vkey]) as witness:
        for size, ended in ((5, signal.SIGTERM), (9, signal.SIGKILL)):
            assert witness.add(request(city, size - 4 if size > 5 else 0, size)).status == 200
            witness.stop(ended)
            witness.start()
            answer = witness.add(request(city, 0, size))
            assert (answer.status, answer.body) == (409, f"{size}\n".encode())
        assert witness.add(request(city, 9, 20)).status == 200


@pytest.mark.parametrize(("when", "size"), [("killed-after", 5), ("killed-before", 0)])
def test_killed_around_the_commit_it_still_gives_the_log_its_cosignature(
    tmp_path: Path, city: City, when: str, size: int
) -> None:
    with run_witness(tmp_path / "saksi", trusting=[city.ledger_vkey], program=(*PLANTED, when)) as witness:
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            witness.add(request(city, 0, 5))
        assert witness.head(origin_of(city)).size == size
        answer = witness.add(request(city, 0, 5))  # the log does not know how far the witness got
        if size:
            assert (answer.status, answer.body) == (409, b"5\n")
            answer = witness.add(request(city, 5, 5))
        witness.time_of(answer, city.checkpoint(5))


def test_a_clock_that_went_back_signs_nothing_that_contradicts_an_earlier_time(tmp_path: Path, city: City) -> None:
    folder = tmp_path / "saksi"
    with run_witness(folder, trusting=[city.ledger_vkey], program=(*PLANTED, "clock")) as witness:

        def add(old: int, size: int, *, at: int) -> tuple[int, bytes]:
            (folder / "clock").write_text(str(at))
            answer = witness.add(request(city, old, size))
            if answer.status == 200:
                assert witness.time_of(answer, city.checkpoint(size)) == at
            return answer.status, answer.body

        year = 365 * 86400
        now = int(time.time())
        assert add(0, 5, at=now)[0] == 200
        assert add(5, 6, at=now - year) == (503, b"CLOCK_BEHIND\n")
        assert add(5, 5, at=now - 1) == (503, b"CLOCK_BEHIND\n")
        assert witness.head(origin_of(city)).size == 5
        assert add(5, 6, at=now)[0] == 200
        assert add(6, 7, at=now + year)[0] == 200


@pytest.mark.parametrize(("what", "answers"), [("impatient", True), ("patient", False)])
def test_connections_that_fall_silent_do_not_keep_others_out(
    tmp_path: Path, city: City, what: str, answers: bool
) -> None:
    with run_witness(tmp_path / "saksi", trusting=[city.ledger_vkey], program=(*PLANTED, what)) as witness:
        address = urlsplit(witness.url)
        silent = [socket.create_connection((address.hostname or "", address.port or 0)) for _ in range(20)]
        for each in silent[::2]:
            each.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: a\r\n")
        for each in silent[1::2]:
            each.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nold")
        time.sleep(0.5)
        if answers:
            assert witness.add(request(city, 0, 5), timeout=15).status == 200
            assert "Traceback" not in witness.said
        else:
            with pytest.raises(TimeoutError):
                witness.add(request(city, 0, 5), timeout=4)
        for each in silent:
            each.close()


def test_half_a_request_moves_nothing(witness: Witness, city: City) -> None:
    body = request(city, 0, 5)
    address = urlsplit(witness.url)
    with socket.create_connection((address.hostname or "", address.port or 0)) as half:
        half.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body))
        half.sendall(body[:-40])
    time.sleep(0.3)
    assert witness.head(origin_of(city)).size == 0
    whole = submission.parse(body)
    assert witness.add(submission.make(old_size=0, path=whole.path, checkpoint=whole.checkpoint)).status == 200


def test_a_commit_is_on_the_disk_before_it_is_answered(witness: Witness) -> None:
    with witness.store.writing() as logs:
        (synchronous,) = logs._connection.execute("PRAGMA synchronous").fetchone()
        (journal,) = logs._connection.execute("PRAGMA journal_mode").fetchone()
    assert (synchronous, journal) == (2, "wal")  # FULL: the log is synced at each commit
