"""Folders of saved files: which are believed, and whose they must be."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.x509 import Certificate

from pakta.core import keyset
from pakta.core.errors import Reason, Refusal
from pakta.keyring import Keyring
from pakta.timestamps.level import Level
from pakta.verification import auditing, savedfiles, saving
from pakta.verification.auditing import Wishes
from pakta.web import clock
from tests.timestamping.authority import Authority
from tests.timestamping.fixtures import running
from tests.verdicts.judges import Site
from tests.verdicts.seeded import SIZE
from tests.verdicts.world import AT, World
from tests.verification.lasting import sealed
from tests.verification.paper import NOW
from tests.verification.test_saving import HOUR, Served, good, grown, judge, save, site, world

__all__ = ["good", "running", "site", "world"]  # fixtures


def test_an_older_list_or_key_set_laid_into_the_folder_does_not_count(
    good: Served, site: Site, world: World, tmp_path: Path
) -> None:
    save(tmp_path, site)
    assert judge(tmp_path, world).good
    newest = (tmp_path / "s/0").read_bytes()
    (tmp_path / "s/0").write_bytes(world.city.status_list({}, issued_at=AT - HOUR))
    assert "STATUS_ROLLED_BACK" in judge(tmp_path, world).lines[1]
    with pytest.raises(Refusal, match=Reason.STATUS_ROLLED_BACK):
        save(tmp_path, site, status=world.city.status_list({}, issued_at=AT - HOUR))
    (tmp_path / "s/0").write_bytes(newest)
    (tmp_path / ".well-known/pakta-keys.json").write_bytes(world.city.key_set(version=2))
    assert "KEYSET_ROLLED_BACK" in judge(tmp_path, world).lines[1]


ODD: Mapping[str, object] = {
    "no origin": {"origin": "x"},
    "an origin with a path": {"origin": "https://a.example/b"},
    "an origin that is no text": {"origin": 5},
    "an origin of nobody": {"origin": "https://["},
    "the first year": {"saved_at": "0001-01-01T00:00:00+14:00"},
    "the last year": {"saved_at": "9999-12-31T23:59:59-14:00"},
    "no zone": {"saved_at": "2026-11-23T08:00:00"},
    "no time": {"saved_at": "kemarin"},
    "a number for a time": {"saved_at": 5},
    "no word on the ribbon": {"demo": None},
    "no newest": {"newest": {}},
    "a text for a version": {"newest": {"key_set": "1", "status": 0}},
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_folder_is_told_in_a_sentence(
    good: Served, site: Site, world: World, tmp_path: Path, name: str
) -> None:
    save(tmp_path, site)
    place = tmp_path / savedfiles.SITE
    told = json.loads(place.read_text())
    assert judge(tmp_path, world).good
    place.write_text(json.dumps({**told, **ODD[name]}))  # type: ignore[dict-item]
    assert "bukan folder dari --simpan" in judge(tmp_path, world).lines[0]


@pytest.mark.parametrize("content", [b"", b"[]", b"5", b"[" * 100_000, b"\xff", b'{"origin"'])
def test_what_is_no_site_file_is_told_in_a_sentence(
    good: Served, site: Site, world: World, tmp_path: Path, content: bytes
) -> None:
    save(tmp_path, site)
    (tmp_path / savedfiles.SITE).write_bytes(content)
    assert "bukan folder dari --simpan" in judge(tmp_path, world).lines[0]


def test_a_pipe_in_the_folder_does_not_hold_the_command(
    good: Served, site: Site, world: World, tmp_path: Path
) -> None:
    save(tmp_path, site)
    (tmp_path / "s/0").unlink()
    os.mkfifo(tmp_path / "s/0")
    assert "STATUS_MISSING" in judge(tmp_path, world).lines[1]


def test_a_folder_of_tomorrow_is_not_believed(good: Served, site: Site, world: World, tmp_path: Path) -> None:
    saving.save(tmp_path, origin=site.origin, now=NOW + timedelta(minutes=9))
    assert judge(tmp_path, world).good
    saving.save(tmp_path, origin=site.origin, now=NOW + timedelta(hours=1))
    assert "sesudah sekarang" in judge(tmp_path, world).lines[0]


def test_a_folder_does_not_choose_for_which_site_it_speaks(
    good: Served, site: Site, world: World, tmp_path: Path
) -> None:
    save(tmp_path, site)
    target = world.address(world.city.named)
    for named, word in ((None, "Sebut situsnya"), ("https://pakta.k0ta.example", "bukan https://pakta.k0ta.example")):
        outcome = auditing.verify(target, source=str(tmp_path), site=named, wishes=Wishes(), now=NOW)
        assert (outcome.good, word in outcome.lines[0], site.origin in outcome.lines[0]) == (False, True, True)
    assert auditing.verify(target, source=str(tmp_path), site=f"{site.origin}/", wishes=Wishes(), now=NOW).good
    elsewhere = auditing.verify(target, source=site.origin, site="https://lain.example", wishes=Wishes(), now=NOW)
    assert not elsewhere.good and auditing.verify(target, source=site.origin, wishes=Wishes(), now=NOW).good


def test_a_pinned_key_set_takes_a_folder_of_lies_apart_from_a_true_one(
    good: Served, site: Site, world: World, tmp_path: Path
) -> None:
    true, false = tmp_path / "benar", tmp_path / "bohong"
    save(true, site)
    rival = world.stranger
    lies = {**grown(rival, SIZE), savedfiles.KEYS: rival.key_set(version=9)}
    site.served = {**lies, savedfiles.STATUS: rival.status_list({}, issued_at=AT - 60)}
    save(false, site)
    known, target = keyset.parse(good[savedfiles.KEYS]), world.address(rival.named)
    told = judge(true, world).told["key_set"]
    for wanted in (known, told["sha256"]):
        assert judge(true, world, keys=wanted).good
        outcome = auditing.verify(target, source=str(false), site=world.origin, wishes=Wishes(keys=wanted), now=NOW)
        assert (outcome.good, "KEYSET_UNVOUCHED" in outcome.lines[0]) == (False, True)
    believed = auditing.verify(target, source=str(false), site=world.origin, wishes=Wishes(), now=NOW)
    assert believed.good  # why a folder is guarded as the program is
    other = keyset.parse(World("lain", "https://lain.example").key_sets["its key"] or b"")
    assert "KEYSET_OTHER" in judge(true, world, keys=other).lines[0]
    assert (told["version"], told["sha256"] in judge(true, world).lines[-1]) == (known.version, True)
    assert world.city.host in judge(true, world).lines[-1] and judge(true, world).told["host"] == world.city.host


def test_the_authorities_that_an_auditor_brings_make_timestamps_count(
    good: Served, site: Site, world: World, keys: Keyring, running: Authority, tmp_path: Path
) -> None:
    folder, path = tmp_path / "situs", tmp_path / "lembar.pdf"
    save(folder, site)
    path.write_bytes(sealed(keys, running, Level.B_T))
    known = ((keys.seal.chain[-1],), ())

    def told(*authorities: Certificate) -> str:
        wishes = Wishes(roots=known, authorities=authorities)
        outcome = auditing.verify(str(path), source=str(folder), site=site.origin, wishes=wishes, now=clock.now())
        return next(line for line in outcome.lines if "ap waktu" in line and "oleh" not in line)

    assert told(running.root).startswith("  [ya] Cap waktu: segel sudah ada")
    assert told().startswith("  [belum] Cap waktu pada segel belum diperiksa")
