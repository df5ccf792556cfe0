"""What a job makes while the authority of time is away, and after a seal was lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from pakta import keyring
from pakta.bundles.rules import Left
from pakta.certificates.models import Document
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.jobs.models import Job
from pakta.timestamps import authority as timestamps
from pakta.web import clock
from tests.bundles.test_pages import ask, taken, work
from tests.bundles.test_pages import city as city
from tests.certificates.test_levels import stamping
from tests.people import City
from tests.timestamping.authority import Authority
from tests.timestamping.fixtures import authority as authority
from tests.timestamping.fixtures import running as running


def test_lembar_of_a_lost_seal_are_left_out_and_made_anew_by_the_next_job(city: City, tmp_path: Path) -> None:
    page = ask(city)
    work(city)
    before, _ = taken(city, page)
    assert "semua lembarnya siap" in city.visitor("budi").get("/cakupan/dikbud/lembar").text
    lose_seal(city, tmp_path)
    files, lines = taken(city, page)
    assert files == {} and {(line[3], line[4]) for line in lines} == {("", Left.LATER)}
    assert "semua lembarnya siap" not in city.visitor("budi").get("/cakupan/dikbud/lembar").text
    again = ask(city)
    work(city)
    files, _ = taken(city, again)
    assert files.keys() == before.keys() and not set(files.values()) & set(before.values())
    work(city)
    assert taken(city, again)[0] == files


def lose_seal(city: City, folder: Path) -> None:
    """Let the running app have another seal, made an hour after all files, and hold the one before it for lost."""
    with city.app.app_context(), transaction() as session:
        session.execute(update(Document).values(made_at=clock.now() - timedelta(hours=1)))
    wired = city.wired
    keyring.create(folder / "keys", host=wired.config.host, city=wired.config.city)
    seal = replace(keyring.load(folder / "keys").seal, lost=(wired.keyring.seal.chain[-1],))
    city.app.extensions["pakta"] = replace(wired, keyring=replace(wired.keyring, seal=seal))


def test_a_job_waits_for_the_authority_of_time_and_makes_nothing_of_a_lower_level(
    city: City, authority: Authority
) -> None:
    stamping(city, authority.settings())
    authority.answer = authority.closed
    page = ask(city)
    with pytest.raises(Refusal, match="TIMESTAMPS_AWAY"):
        work(city)
    assert levels(city) == [] and "Otoritas waktu" in city.visitor("budi").get(page).text
    authority.answer = authority.good
    timestamps.forget()
    with city.app.app_context(), transaction() as session:
        session.execute(update(Job).values(held_until_at=None))
    work(city)
    assert levels(city) == ["B-T"] * 3


def levels(city: City) -> list[str | None]:
    """Return the levels of what is stored."""
    with city.app.app_context():
        return list(db.session().execute(select(Document.level)).scalars())
