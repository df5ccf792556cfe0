"""What the tests of roll calls share: the city on the morning of one, and a clock that stands where they say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from pakta.database import db, transaction
from pakta.rollcalls import queries
from pakta.rollcalls.models import Rollcall
from pakta.rollcalls.queries import Summary
from pakta.roster import queries as roster
from pakta.roster.models import SignedPerson
from pakta.web import clock
from tests.people import City

BEGIN, END = "07:30", "08:30"


class Hall(City):
    """The city tomorrow morning, in WIB: siti signed the day before; `at` says how late it is."""

    at: pytest.MonkeyPatch
    day: datetime

    def time(self, hours: int, minutes: int, *, micro: int = 0) -> datetime:
        """Return a time of that day."""
        return self.day.replace(hour=hours, minute=minutes) + timedelta(microseconds=micro)

    def be(self, hours: int, minutes: int, *, micro: int = 0) -> None:
        """Let it be that late."""
        moment = self.time(hours, minutes, micro=micro)
        self.at.setattr(clock, "now", lambda: moment)

    def sent(self, **changed: str) -> dict[str, str]:
        """Return what a head types."""
        usual = {"unit": "dikbud", "tempat": "Halaman Dikbud", "mulai": BEGIN, "selesai": END}
        return usual | {"hari": self.day.date().isoformat()} | changed

    def open(self, by: str = "budi", **changed: str) -> Any:
        """Send the form of a new roll call."""
        return self.visitor(by).post("/apel/baru", data=self.sent(**changed))

    def opened(self, by: str = "budi", **changed: str) -> Rollcall:
        """Open a roll call, and return it."""
        answer = self.open(by, **changed)
        assert answer.status_code == 302, answer.text
        return self.rows()[-1]

    def post(self, by: str, what: str, *, rollcall: int = 1) -> Any:
        """Cancel or end one, and be sure."""
        return self.visitor(by).post(f"/apel/{rollcall}", data={what: "1", "yakin": "1"})

    def rows(self) -> list[Rollcall]:
        """Return all roll calls, oldest first."""
        with self.app.app_context():
            return list(db.session().execute(select(Rollcall).order_by(Rollcall.id)).scalars())

    def figures(self, rollcall: int = 1) -> Summary:
        """Return what came of one, and hold it against the counters."""
        with self.app.app_context():
            row = db.session().get_one(Rollcall, rollcall)
            found, share = queries.summary(db.session(), rollcall=row), queries.share(db.session(), rollcall=row)
            late = queries.late(db.session(), rollcall=row)
            own = roster.unit_shares(db.session(), unit_ids=[row.unit_id], asked=queries.asked(db.session(), row))
        assert share == own[row.unit_id]
        assert (found.asked, found.in_time + found.after) == (share.total, share.signed)
        assert (late.total, len(late.people)) == (found.late, found.late)
        return found

    def signed_at(self, who: str, moment: datetime) -> None:
        """Let a person's signature have come at a moment."""
        with self.app.app_context(), transaction() as session:
            mine = SignedPerson.person_id == self.person(who).id
            session.execute(update(SignedPerson).where(mine).values(signed_at=moment))
