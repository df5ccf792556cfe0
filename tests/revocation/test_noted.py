"""Who sees whose certificate it is, be it on a form that was refused, leaves a line in the access log."""

from __future__ import annotations

from sqlalchemy import select

from pakta.accounts.models import AccessLog
from pakta.database import db
from tests.people import KNOWN
from tests.revocation.office import Office


def lines(office: Office) -> list[tuple[str, int | None]]:
    """Return what the access log says of this feature, oldest first."""
    with office.app.app_context():
        rows = db.session().execute(select(AccessLog).order_by(AccessLog.id)).scalars()
        return [(row.action, row.person_id) for row in rows if row.action.startswith("pencabutan")]


def test_a_refused_form_that_names_somebody_is_a_line_too(office: Office) -> None:
    ani, siti = office.visitor("ani"), KNOWN["siti"].name
    with office.app.app_context():
        person_id = office.person("siti").id
    for address in (office.address() + "/periksa", office.address()):
        before, answer = lines(office), ani.post(address)
        assert answer.status_code == 422 and siti in answer.text
        assert lines(office) == [*before, ("pencabutan-sertifikat", person_id)]
    office.ask("ani")
    before, answer = lines(office), office.decide("ani")
    assert answer.status_code == 422 and siti in answer.text
    assert lines(office) == [*before, ("pencabutan-permintaan", person_id)]


def test_the_page_that_says_what_will_happen_is_a_line(office: Office) -> None:
    sent = {"minta": "cabut", "golongan": "data-salah", "alasan": "Gelar dalam sertifikat keliru"}
    answer = office.visitor("ani").post(office.address() + "/periksa", data=sent)
    assert answer.status_code == 200 and KNOWN["siti"].name in answer.text
    assert [action for action, _ in lines(office)] == ["pencabutan-sertifikat"]


def test_a_search_that_finds_nothing_and_shows_the_requests_is_a_line(office: Office) -> None:
    office.ask("ani")
    before, answer = lines(office), office.visitor("ani").post("/pencabutan/cari", data={"cari": ""})
    assert answer.status_code == 422 and KNOWN["siti"].name in answer.text
    assert lines(office) == [*before, ("pencabutan-lihat", None)]
