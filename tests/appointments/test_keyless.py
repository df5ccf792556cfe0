"""Who is to lead and holds no key is named as one who can neither sign nor sign in, before anybody decides."""

from __future__ import annotations

import pytest

from pakta.accounts.models import PersonKey
from pakta.database import transaction
from pakta.web import clock
from tests.appointments.office import Office
from tests.revocation.office import plain

SAME = "ia masuk lagi dengan kunci yang sama"
NONE = "Orang ini tidak memegang kunci"


@pytest.mark.parametrize("how", ["kiosk", "revoked"])
def test_who_holds_no_key_is_told_to_need_a_slip_first(office: Office, how: str) -> None:
    held = plain(office.visitor("ani").post("/peran/periksa", data=office.form("siti")).text)
    assert SAME in held and NONE not in held
    with office.app.app_context(), transaction() as session:
        key = session.get_one(PersonKey, office.keys["siti"][1])
        if how == "kiosk":
            key.kiosk = True
        else:
            key.revoked_at = clock.now()
    preview = office.visitor("ani").post("/peran/periksa", data=office.form("siti")).text
    assert NONE in preview and SAME not in preview and 'href="/pemulihan">Pemulihan</a>' in preview
    of_head = plain(office.visitor("budi").post("/peran/periksa", data=office.form("siti")).text)
    assert "mintalah administrator, lewat Pemulihan" in of_head
    office.ask("ani")
    for who in ("ani", "dewi"):
        page = office.visitor(who).get("/peran/permintaan/1").text
        assert NONE in page and SAME not in page
