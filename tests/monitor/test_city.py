"""The monitor against a real city, served by HTTP."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Response, request

from pakta.accounts import service as accounts
from pakta.accounts.models import AccessLog, PersonKey
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.commands import serving
from pakta.commands.main import main
from pakta.core import canonical
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.ledger import enrolments, totals
from pakta.ledger import service as ledger
from pakta.ledger.models import Entry, Payload
from pakta.monitor import service
from pakta.monitor.service import Report, Wishes
from pakta.monitor.site import Site
from pakta.verification import qrpage, release
from pakta.web import clock, language
from tests.people import City


def watch(city: City, path: Path, **wishes: object) -> Report:
    """Let the monitor run once."""
    site = Site(city.wired.config.origin)
    try:
        return service.once(
            site, path=path, wishes=Wishes(**wishes), now=datetime.now(UTC), pause=city.settle,  # type: ignore[arg-type]
        )  # fmt: skip
    finally:
        site.close()


def test_an_honest_city_agrees_and_the_next_run_reads_only_what_is_new(served: City, tmp_path: Path) -> None:
    served.sign("siti")
    served.sign("agus")
    path = tmp_path / "state.json"
    first = watch(served, path)
    assert (first.findings, first.first, first.trust) == ([], 0, "site")
    assert first.kinds[1] == 2 and first.kinds[2] == 2
    served.sign("joko")
    second = watch(served, path)
    assert (second.findings, second.trust) == ([], "state")
    assert first.head is not None and second.first == first.head.size
    assert second.kinds[1] == 3


def test_a_word_of_the_page_or_of_its_style_that_was_not_released_is_named(served: City, tmp_path: Path) -> None:
    served.sign("siti")
    said = says_otherwise(served)
    assert watch(served, tmp_path / "state.json").findings == []
    for lie in (BAND, ("text/css", b".verdict")):
        said[:] = [lie]
        found = watch(served, tmp_path / "state.json").findings
        assert {str(each.word) for each in found} == {"SCRIPT_CHANGED"}


def test_the_page_of_a_city_of_an_older_release_is_looked_at_after_its_next_start(
    unreleased: City, tmp_path: Path
) -> None:
    path, work, said = tmp_path / "state.json", serving.Work(unreleased.app), says_otherwise(unreleased)
    release_of_before(unreleased)
    unreleased.sign("siti")
    assert watch(unreleased, path).findings == []
    said[:] = [BAND]
    assert watch(unreleased, path).findings == []  # nobody told of its words
    said.clear()
    with unreleased.app.app_context():
        work.tick()
    assert watch(unreleased, path).findings == []
    said[:] = [BAND]
    assert {str(each.word) for each in watch(unreleased, path).findings} == {"SCRIPT_CHANGED"}


def test_a_city_that_goes_back_to_an_older_release_is_named(served: City, tmp_path: Path) -> None:
    served.sign("siti")
    assert watch(served, tmp_path / "state.json").findings == []
    release_of_before(served)
    served.sign("agus")
    assert {str(each.word) for each in watch(served, tmp_path / "state.json").findings} == {"SCRIPTS_MALFORMED"}


BAND = ("text/html", b"TIDAK DAPAT DIPERIKSA")


def says_otherwise(city: City) -> list[tuple[str, bytes]]:
    """Return a list into which to write a kind of file and a word of it: the city then says SAH in its place."""
    said: list[tuple[str, bytes]] = []

    def tell(answer: Response) -> Response:
        if said and answer.mimetype == said[0][0]:
            answer.direct_passthrough = False
            answer.set_data(answer.get_data().replace(said[0][1], b"SAH"))
        return answer

    city.app.after_request_funcs.setdefault(None, []).append(tell)
    return said


@pytest.mark.parametrize("address", ["/v", "/v?bahasa=en", "/v?bahasa=id"])
@pytest.mark.parametrize("ribbon", [False, True])
def test_a_lie_told_in_one_language_and_under_one_ribbon_is_named(
    served: City, tmp_path: Path, address: str, ribbon: bool
) -> None:
    served.sign("siti")
    told: dict[str, str] = {}

    def tell(answer: Response) -> Response:
        page = told.get(request.full_path.rstrip("?"))
        if page is not None:
            answer.direct_passthrough = False
            answer.set_data(page)
        return answer

    served.app.after_request_funcs.setdefault(None, []).append(tell)
    spoken = language.english() if address.endswith("=en") else language.INDONESIAN
    with served.app.app_context():
        honest = qrpage.render("0123456789ab", config=served.wired.config, spoken=spoken, demo=ribbon)
    told[address] = honest.replace("/v/0123456789ab/", version_of(served))
    assert watch(served, tmp_path / "state.json").findings == []
    band = spoken.text("TIDAK DAPAT DIPERIKSA")
    assert band in told[address] and ('class="ribbon"' in told[address]) is ribbon
    told[address] = told[address].replace(band, "SAH")
    (found,) = watch(served, tmp_path / "state.json").findings
    assert (str(found.word), found.where.split()[0]) == ("SCRIPT_CHANGED", address)


def version_of(city: City) -> str:
    """Return the address below which the city's scripts lie."""
    (found,) = set(re.findall(r"/v/[0-9a-f]+/", city.visitor().get("/v").text))
    return str(found)


def release_of_before(city: City) -> None:
    """Enter a release as versions before this one did: of scripts only."""
    with city.app.app_context(), transaction() as session:
        scripts = json.loads(release.manifest(city.wired.config))["scripts"]
        text = canonical.encode({"v": 1, "scripts": scripts})
        ledger.append(session, kind=EntryKind.SCRIPTS_RELEASED, payload=text, now=clock.now())


def test_the_release_is_one_with_and_without_invented_people_and_another_for_another_city(served: City) -> None:
    config = served.wired.config
    with served.app.app_context():
        first = qrpage.digests(config)
        shown = served.app.test_client().get("/v").get_data()
        plain = re.sub(rb'"/v/[0-9a-f]+/', b'"/v//', shown)
        assert hashlib.sha256(plain).hexdigest() in first and len(set(first)) == 4
        assert qrpage.digests(replace(config, demo=not config.demo)) == first
        assert not set(qrpage.digests(replace(config, city="Kota Lain"))) & set(first)


def change(city: City, row: IssuedCredential, status: Status) -> None:
    """Change a certificate's status."""
    with city.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=session.get_one(IssuedCredential, row.id), status=status, reason=ReasonClass.ADMINISTRATIVE,
            now=datetime.now(UTC), keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    city.settle()


def test_a_city_that_suspends_revokes_and_reinstates_agrees(
    served: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "LEAST", 1)
    rows = [served.sign(who) for who in ("siti", "budi", "joko", "lina")]
    change(served, rows[0], Status.SUSPENDED)
    change(served, rows[0], Status.REVOKED)
    change(served, rows[1], Status.SUSPENDED)
    change(served, rows[2], Status.SUSPENDED)
    change(served, rows[2], Status.VALID)
    with served.app.app_context(), transaction() as session:
        accounts.revoke_key(session, key=session.get_one(PersonKey, served.keys["siti"][1]), now=datetime.now(UTC))
    served.settle()
    report = watch(served, tmp_path / "state.json")
    assert report.findings == []
    assert [report.kinds[kind] for kind in (1, 9, 10, 11, 3)] == [4, 3, 1, 1, 1]
    assert sum(published(served)["editions"].values()) == 2


def published(city: City) -> dict[str, dict[str, int]]:
    """Return the totals that the city publishes."""
    with urllib.request.urlopen(f"{city.wired.config.origin}/log/totals") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        found: dict[str, dict[str, int]] = json.loads(answer.read())
        return found


def test_the_totals_tell_no_small_edition_and_no_institution_whose_people_stay_unnamed(
    served: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in ("siti", "joko", "agus", "made"):
        served.sign(who)
    assert published(served)["editions"] == {}
    monkeypatch.setattr(totals, "LEAST", 2)
    served.settle()
    with served.app.app_context():
        told = json.loads(totals.published(db.session(), tally=totals.Tally()))
    assert told["editions"] == {"ASN-2026": 2}
    assert told["size"] == sum(told["kinds"].values()) and told["kinds"]["1"] == 4


def test_the_tally_counts_on_from_where_it_was(served: City) -> None:
    tally = totals.Tally()
    for who in ("siti", "joko"):
        served.sign(who)
        with served.app.app_context():
            told = json.loads(totals.published(db.session(), tally=tally))
            fresh = json.loads(totals.published(db.session(), tally=totals.Tally()))
        assert told == fresh
    with served.app.app_context():  # a smaller ledger than was counted is counted anew
        assert sum(tally.upto(db.session(), size=3).values()) == 3


def test_who_asks_for_totals_while_they_are_counted_is_told_to_come_back(served: City) -> None:
    tally = served.app.extensions["pakta_tally"]
    with tally._lock:
        assert served.visitor().get("/log/totals").status_code == 503
    assert served.visitor().get("/log/totals").status_code == 200


def test_a_city_that_claims_more_than_it_issued_is_named(served: City, tmp_path: Path) -> None:
    served.sign("siti")
    with served.app.app_context(), transaction() as session:
        session.execute(db.text("UPDATE counter_signed SET signed = signed + 40"))
    found = watch(served, tmp_path / "state.json").findings
    assert [str(each.word) for each in found] == ["TOTALS_TOO_MANY"]


def test_the_export_holds_each_enrolment_and_says_which_are_gone(served: City) -> None:
    served.activate("siti", "joko")
    with served.app.app_context():
        keys = db.session().query(PersonKey).order_by(PersonKey.ledger_index).all()
        indexes, records = [key.ledger_index for key in keys], [key.record for key in keys]
        with transaction() as session:
            session.query(Payload).filter_by(index=indexes[0]).delete()
        lines = [json.loads(line) for line in enrolments.exported(db.session())]
        size = db.session().query(Entry).count()
    assert lines[0] == {"v": 1, "size": size}
    assert lines[1] == {"index": indexes[0], "absent": "missing"}
    assert lines[2]["index"] == indexes[1]
    assert base64.urlsafe_b64decode(lines[2]["record"] + "==") == records[1]
    assert len(lines) == 3


def test_an_export_leaves_a_line_in_the_access_log(served: City, tmp_path: Path) -> None:
    served.activate("siti")
    config = served.wired.config
    surroundings = {
        "DATABASE_URL": config.database_url.replace("postgresql+psycopg://", "postgresql://"),
        "PAKTA_ORIGIN": config.origin, "PAKTA_KEYS": str(config.keys_dir), "PAKTA_INSTANCE": str(tmp_path),
    }  # fmt: skip
    done = CliRunner(env=surroundings).invoke(main, ["ledger", "enrolments"])
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 2)
    with served.app.app_context():
        assert db.session().query(AccessLog).filter_by(action="pendaftaran-ekspor").count() == 1
