"""What the tests of revocation share: the city, and the forms as people send them."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.database import db
from pakta.ledger.models import Payload
from pakta.notices import service as notices
from pakta.revocation.models import StatusRequest
from tests.people import City

REASON = "Gelar dalam sertifikat keliru, lihat SK 12/XI"


class Office(City):
    """The city, in whose certificates somebody wants a change."""

    def certificate(self, who: str = "siti") -> IssuedCredential:
        """Return a person's newest certificate, as it stands; inside the app's context."""
        db.session().expire_all()
        return certificates.of_person(db.session(), person_id=self.person(who).id)[0]

    def address(self, who: str = "siti") -> str:
        """Return the page of a person's certificate."""
        with self.app.app_context():
            return f"/pencabutan/sertifikat/{self.certificate(who).number}"

    def status(self, who: str = "siti") -> tuple[int, str]:
        """Return status and class of a person's certificate."""
        with self.app.app_context():
            row = self.certificate(who)
            return row.status, row.status_class

    def ask(self, by: str | FlaskClient, wanted: str = "cabut", *, whose: str = "siti", **changed: str) -> Any:
        """Send the confirmed form."""
        client = self.visitor(by) if isinstance(by, str) else by
        sent = {"minta": wanted, "golongan": "data-salah", "alasan": REASON} | changed
        return client.post(self.address(whose), data=sent)

    def decide(self, by: str | FlaskClient, what: str = "setujui", *, request: int | None = None) -> Any:
        """Approve or refuse the newest request."""
        client = self.visitor(by) if isinstance(by, str) else by
        return client.post(f"/pencabutan/permintaan/{request or self.requests()[-1].id}/{what}")

    def page(self, by: str) -> str:
        """Return the page of the newest request, without its marks."""
        answer = self.visitor(by).get(f"/pencabutan/permintaan/{self.requests()[-1].id}")
        assert answer.status_code == 200
        return plain(answer.text)

    def requests(self) -> list[StatusRequest]:
        """Return all requests, oldest first."""
        with self.app.app_context():
            return list(db.session().execute(select(StatusRequest).order_by(StatusRequest.id)).scalars())

    def entries(self, *kinds: int) -> int:
        """Return how many entries of these kinds the ledger has."""
        with self.app.app_context():
            found = db.session().execute(select(Payload.index).where(Payload.kind.in_(kinds)))
            return len(found.all())

    def told(self, who: str = "siti") -> list[str]:
        """Return the kinds of what a person was told, oldest first."""
        with self.app.app_context():
            found = notices.of_person(db.session(), person_id=self.person(who).id)
            return [each.kind for each in reversed(found)]


def plain(text: str) -> str:
    """Return what a page says."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def reason_of(answer: Any) -> str:
    """Return the reason code that a page shows."""
    found = re.search(r"Kode: <code>([A-Z_]+)</code>", answer.text)
    return found.group(1) if found else ""
