"""A role that a command gives or ends is told to its holder, as one that two administrators give is."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from pakta import startup
from pakta.commands import people
from tests.appointments.office import Office
from tests.people import KNOWN
from tests.revocation.office import plain


def test_who_gets_or_loses_a_role_by_command_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "open_app", lambda: office.app)
    sent = [KNOWN["siti"].number, "delegate", "dikbud"]
    for more, told in (([], 1), ([], 1), (["--end"], 2), (["--end"], 2)):
        done = CliRunner().invoke(people.appoint, sent + more)
        assert done.exit_code == 0, done.output
        assert len(office.told("siti")) == told  # the same once more changes nothing
    assert office.told("siti") == ["peran-diberikan", "peran-diakhiri"]
    page = plain(office.visitor("siti").get("/pemberitahuan").text)
    assert "Pengelola server mengangkat Anda" in page and "Pengelola server mengakhiri" in page
    assert "Dua administrator m" not in page
