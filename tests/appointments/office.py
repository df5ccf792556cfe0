"""What the tests of appointments share: the city, and the forms as people send them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from pakta.accounts import grants
from pakta.accounts.models import Account, RoleGrant
from pakta.appointments.models import Appointment
from pakta.database import db
from pakta.notices import service as notices
from pakta.web import clock
from tests.people import KNOWN, City

REASON = "SK Wali Kota 821/12/2026"


class Office(City):
    """The city, in which somebody wants a role given or ended."""

    def form(self, whose: str, **changed: str) -> dict[str, str]:
        """Return the form that wants a delegate of Dikbud, unless changed."""
        sent = {"nomor": KNOWN[whose].number, "unit": "dikbud", "peran": "delegate", "alasan": REASON}
        return sent | {"sebutan": "Plt."} | changed

    def ask(self, by: str, whose: str = "siti", **changed: str) -> Any:
        """Send the confirmed form."""
        return self.visitor(by).post("/peran", data=self.form(whose, **changed))

    def ask_end(self, by: str, whose: str, reason: str = REASON) -> Any:
        """Ask for the first role of somebody to be ended."""
        return self.visitor(by).post(f"/peran/pemegang/{self.grants(whose)[0].id}/akhiri", data={"alasan": reason})

    def decide(self, by: str, what: str = "setujui") -> Any:
        """Approve or refuse the newest appointment."""
        return self.visitor(by).post(f"/peran/permintaan/{self.rows()[-1].id}/{what}")

    def rows(self) -> list[Appointment]:
        """Return all appointments, oldest first."""
        with self.app.app_context():
            return list(db.session().execute(select(Appointment).order_by(Appointment.id)).scalars())

    def grants(self, who: str) -> list[RoleGrant]:
        """Return the roles that somebody holds now."""
        with self.app.app_context():
            account = db.session().get_one(Account, self.keys[who][0])
            return list(grants.of_account(db.session(), account=account, now=clock.now()))

    def held(self, who: str) -> list[tuple[str, str]]:
        """Return role and unit of each of these."""
        return [(each.role, each.unit.code) for each in self.grants(who)]

    def told(self, who: str) -> list[str]:
        """Return the kinds of what a person was told, oldest first."""
        with self.app.app_context():
            found = notices.of_person(db.session(), person_id=self.person(who).id)
            return [each.kind for each in reversed(found)]
