"""kill -9 of the worker in the middle of a job: the next one goes on, and seals nothing anew.

`make bench-bulk` does the same with 3,500.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from pakta.bundles.rules import LIST
from pakta.database import db
from tests import databases, slices
from tests.bench.site import Bench, fill
from tests.bundles import running
from tests.journeys.site import Site
from tests.people import City

WHOLE_ON_POSTGRESQL = True

PEOPLE, SIGNED, LEAST = 40, 12, 4


@pytest.mark.parametrize("database", slices.some(databases.DATABASES, turn=1))
def test_a_worker_killed_in_the_middle_of_a_job_loses_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, keys_dir: Path, database: str
) -> None:
    cluster = request.getfixturevalue("cluster") if database == "postgresql" else None
    url = cluster.create("lembar") if cluster else f"sqlite:///{tmp_path / 'pakta.sqlite'}"
    site = Site(tmp_path, url, keys_dir)
    app = site.app()
    databases.make_tables(app)
    found = Bench(tmp_path, site.port, site.config, app)
    with app.app_context():
        fill(app, PEOPLE)
        running.sign(found, SIGNED)
        db.session.remove()
    City(app).settle()
    job_id = running.ask(app)
    with running.worker(found) as process:
        running.wait(app, job_id, lambda job: job.done >= LEAST, patience=120)
        process.kill()
        process.wait()
    before = running.stored(app)
    assert LEAST <= len(before) < SIGNED, "killed too late to matter"
    running.hurry(app, job_id)
    with running.worker(found):
        job = running.wait(app, job_id, lambda job: not job.is_open, patience=120)
    after = running.stored(app)
    assert (job.state, job.done, job.made, job.failed, len(after)) == ("done", SIGNED, SIGNED, 0, SIGNED)
    assert {each: after[each] for each in before} == before
    with zipfile.ZipFile(io.BytesIO(b"".join(running.zipped(app, job_id)))) as opened:
        assert opened.testzip() is None
        assert len(opened.namelist()) == SIGNED + 1 and opened.namelist()[-1] == LIST
    databases.leave(app)
    if cluster:
        cluster.drop("lembar")
