"""Signing is not innocence: the classes of reason are a closed list, and no finding of a breach is among them."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from pakta.accounts.models import AccessLog
from pakta.certificates.rules import ReasonClass
from pakta.commands.main import main
from pakta.config import ROOT
from pakta.database import Base, db
from pakta.revocation import rules
from pakta.verification import words
from pakta.web import display
from tests import make
from tests.revocation.office import Office, plain

LIST = {  # data wrong, left service, key lost, dispute upheld, administrative
    "data-salah", "keluar", "kunci-hilang", "sengketa", "administratif",
}  # fmt: skip
BREACH = re.compile("temuan|pelanggar|langgar|netral|hukum|sanksi", re.IGNORECASE)


def test_the_classes_are_the_closed_list(app: Flask) -> None:
    parts = app.jinja_env.get_template("revocation/_parts.html").module
    offered = set(parts.CLASSES)  # type: ignore[attr-defined]
    assert set(ReasonClass) == set(words.CLASSES) == set(display.REASON_CLASSES) == offered == LIST
    assert words.CLASSES == display.REASON_CLASSES
    assert all(set(each) <= LIST for each in rules.CLASSES.values())


def test_the_database_takes_no_other(app: Flask) -> None:
    table = Base.metadata.tables["status_requests"]
    held = next(str(each.sqltext) for each in table.constraints if str(each.name).endswith("reason_class"))
    assert set(re.findall("'([a-z-]+)'", held)) == LIST


def test_no_class_means_a_breach() -> None:
    assert [each for each in (*LIST, *display.REASON_CLASSES.values()) if BREACH.search(each)] == []
    assert BREACH.search("temuan pelanggaran")


def test_the_pages_and_the_documents_say_so(office: Office) -> None:
    page = plain(office.visitor("ani").get("/pencabutan").text)
    assert "Sertifikat tidak pernah dicabut karena temuan pelanggaran." in page
    assert "no finding" in " ".join((ROOT / "docs" / "credential.md").read_text().split())


@pytest.mark.parametrize(
    ("option", "told"), [(["--revoke", "keluar"], "revoked, keluar"), (["--suspend"], "suspended")]
)
def test_what_the_command_does_is_noted_and_told(office: Office, option: list[str], told: str) -> None:
    with office.app.app_context():
        number = office.certificate().number
    done = CliRunner(env=make.surroundings(office.wired.config)).invoke(main, ["certificate", number, *option])
    assert done.exit_code == 0, done.output
    with office.app.app_context():
        lines = db.session().execute(select(AccessLog).where(AccessLog.action == "perintah-status")).scalars().all()
        assert [(each.account_id, told in each.detail) for each in lines] == [(None, True)]
    assert len(office.told()) == 1


def test_the_command_takes_no_other_class(office: Office) -> None:
    with office.app.app_context():
        number = office.certificate().number
    asked = ["certificate", number, "--revoke", "temuan"]
    done = CliRunner(env=make.surroundings(office.wired.config)).invoke(main, asked)
    assert done.exit_code == 2
    assert (office.status(), office.told()) == ((0, ""), [])
