"""What the tests of imports share: the city, whose administrators bring files, and the worker."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from pakta.commands import serving
from pakta.database import db
from pakta.imports.models import ImportRow, RosterImport
from pakta.roster import counters
from pakta.roster.models import Person
from tests.people import HEADER, KNOWN, City

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Office(City):
    """The city, with the forms of imports as people send them."""

    def lines(self, *left_out: str, **changed: Mapping[str, str]) -> list[list[str]]:
        """Return the file of everybody in the city's own institution, but these, with these cells changed."""
        found = []
        for who, known in KNOWN.items():
            if who in left_out or known.unit in ("polres", "kodim", "kejari"):
                continue
            found.append([*(dict(zip(HEADER, known.row(), strict=True)) | changed.get(who, {})).values()])
        return found

    def bring(
        self, lines: Sequence[Sequence[str]], *, by: str = "ani", titles: Sequence[str] = HEADER, check: bool = True
    ) -> int:
        """Upload a file, and let it be checked by the columns that were guessed; return its id."""
        out = io.StringIO()
        csv.writer(out).writerows([titles, *lines])
        client = self.visitor(by)
        answer = client.post("/impor", data={"berkas": (io.BytesIO(out.getvalue().encode()), "pegawai.csv")})
        assert answer.status_code == 302, plain(answer.text)
        import_id = int(answer.headers["Location"].rpartition("/")[2])
        if check:
            self.columns(import_id, client)
            self.work()
        return import_id

    def columns(self, import_id: int, client: FlaskClient, **changed: str) -> Any:
        """Send the form of the columns as it was shown."""
        page = client.get(f"/impor/{import_id}?ubah=kolom").text
        sent = dict(re.findall(r'<select id="([a-z_-]+)".*?<option value="([^"]*)" selected', page, re.S))
        return client.post(f"/impor/{import_id}/kolom", data=sent | changed)

    def work(self) -> None:
        """Do what the worker's thread for jobs does, until nothing is open."""
        serving.jobs_of(self.app).work(threading.Event())

    def send(self, import_id: int, what: str, *, by: str = "ani", **sent: Any) -> Any:
        """Send one of an import's forms, and let the worker work."""
        answer = self.visitor(by).post(f"/impor/{import_id}/{what}", data=sent)
        self.work()
        return answer

    def page(self, import_id: int, *, by: str = "ani", asks: str = "") -> str:
        """Return what an import's page says."""
        answer = self.visitor(by).get(f"/impor/{import_id}{asks}")
        assert answer.status_code == 200
        return plain(answer.text)

    def state(self, import_id: int) -> tuple[str, int, int, int, int]:
        """Return state, new, changed, same and wrong."""
        with self.app.app_context():
            row = db.session().get_one(RosterImport, import_id, populate_existing=True)
            return row.state, row.new, row.changed, row.same, row.wrong

    def staged(self, import_id: int) -> list[ImportRow]:
        """Return the rows of an import."""
        with self.app.app_context():
            wanted = select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.row)
            return list(db.session().execute(wanted).scalars())

    def people(self) -> dict[str, tuple[str, str, str]]:
        """Return name, unit and status by number; the counters must equal a recount."""
        with self.app.app_context():
            assert counters.check(db.session()) == []
            rows = db.session().execute(select(Person)).scalars()
            return {row.number: (row.name, row.unit.code, row.status) for row in rows}


def plain(text: str) -> str:
    """Return what a page says."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def reason_of(answer: Any) -> str:
    """Return the reason code that a page shows."""
    found = re.search(r"Kode: <code>([A-Z_]+)</code>", answer.text)
    return found.group(1) if found else ""
