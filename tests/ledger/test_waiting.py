"""A small city whose ledger three witnesses watch: what people see, and when nothing is issued any more."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pakta.accounts import service as accounts
from pakta.accounts.models import PersonKey
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.config import Config
from pakta.core import number, policy, proof
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.keyring import Keyring
from pakta.ledger import service as ledger
from pakta.ledger import witnesscheck
from pakta.web import clock
from tests.ledger.conftest import Log
from tests.ledger.watched import Watched, session, watched
from tests.people import City

WHOLE_ON_POSTGRESQL = True

PUBLIC = ("/v", "/periksa", "/log/", "/log/checkpoint", "/log/pending", "/s/0", "/.well-known/pakta-keys.json")

NO_WITNESS = {"/arti": "Belum ada saksi luar", "/v": "Belum ada saksi luar: buku catatan ini baru dijaga"}


@pytest.fixture
def site(config: Config, keys: Keyring) -> Iterator[Watched]:
    """Give the watched ledger."""
    with watched(config, keys) as running:
        yield running


@pytest.fixture
def city(site: Watched) -> City:
    """Give its city, in which siti and joko hold keys."""
    city = City(site.app).build("siti", "joko")
    city.settle()
    collect(site)
    return city


@pytest.fixture
def later(site: Watched, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let so many hours go by, for us and for the witnesses."""

    def go(hours: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(hours=hours))
        site.later(hours)

    return go


def collect(site: Watched) -> None:
    """Ask the witnesses once."""
    with site.app.app_context():
        site.collect()


def silence(site: Watched, *names: str) -> None:
    """Stop these witnesses."""
    for name in names:
        site.witnesses[name].stop()


def page(city: City, row: IssuedCredential, file: str = "") -> tuple[FlaskClient, str]:
    """Return the owner, and the address of the certificate or a file of it."""
    return city.visitor("siti"), f"/sertifikat/{number.spoken(row.number)}{file}"


def test_a_certificate_waits_for_its_witnesses_and_then_names_them(city: City, site: Watched, tmp_path: Path) -> None:
    silence(site, "kampus", "bawaslu")
    row = city.sign("siti")
    collect(site)
    owner, where = page(city, row)
    assert "Menunggu saksi" in owner.get(where).text and "Unduh lembar" not in owner.get(where).text
    assert "Menunggu saksi" in owner.get("/pakta/status").text
    answer = owner.get(where + "/lembar.pdf")
    assert answer.status_code == 422 and "CERTIFICATE_NOT_READY" in answer.text
    site.witnesses["kampus"].start()
    collect(site)
    text = owner.get(where).text
    assert "2 dari 3 saksi: inspektorat, kampus" in text and "menurut saksi" in text
    assert "Menunggu saksi" not in text and "Menunggu saksi" not in owner.get("/pakta/status").text
    for file in ("/lembar.pdf", "/berkas-bukti.pdf"):
        (tmp_path / "berkas.pdf").write_bytes(owner.get(where + file).data)
        printed = subprocess.run(
            ["pdftotext", "-layout", tmp_path / "berkas.pdf", "-"], capture_output=True, text=True, check=True
        ).stdout
        assert "2 dari 3 saksi: inspektorat, kampus" in printed and "menurut saksi" in printed
        subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, tmp_path / "berkas.pdf"], check=True)
        proofs = list(tmp_path.glob("*.tlog-proof"))
        assert len(proofs) == 1 + (file == "/berkas-bukti.pdf")
        for each in proofs:
            found = proof.parse(each.read_bytes())
            assert set(policy.verify(found.checkpoint, policy=site.policy).times) == {"kampus", "inspektorat"}


def test_the_public_pages_name_the_witnesses_and_what_is_wrong_with_one(city: City, site: Watched) -> None:
    silence(site, "kampus")
    city.sign("siti")
    collect(site)
    page_ = site.app.test_client().get("/log/").text
    for wanted in ("bawaslu, inspektorat", "2 dari 3 saksi harus meneguhkan", "kampus", "tidak dapat dihubungi"):
        assert wanted in page_
    assert "belum ada saksi luar" not in page_.lower()
    for path, sentence in NO_WITNESS.items():
        assert sentence not in site.app.test_client().get(path).text


def test_without_a_policy_the_public_pages_say_that_there_is_no_witness(app: Flask) -> None:
    for path, sentence in NO_WITNESS.items():
        assert sentence in app.test_client().get(path).text


def test_a_cosignature_that_was_changed_in_the_database_gets_into_no_file(city: City, site: Watched) -> None:
    row = city.sign("siti")
    collect(site)
    owner, where = page(city, row, "/lembar.pdf")
    with site.app.app_context():
        Log(site.app).as_a_thief(
            "UPDATE ledger_cosignatures SET line = (SELECT line FROM ledger_cosignatures AS other WHERE other.size <"
            " ledger_cosignatures.size AND other.key = ledger_cosignatures.key ORDER BY other.size LIMIT 1)"
            " WHERE size = (SELECT max(size) FROM ledger_cosignatures)"
        )
        assert [str(each) for each in witnesscheck.check(session(), policy=site.policy)] != []
    answer = owner.get(where)
    assert answer.status_code == 422 and "NOTE_SIGNATURE" in answer.text


def test_while_witnesses_are_silent_issuing_goes_on_for_a_day_and_then_stops(
    city: City, site: Watched, later: Callable[[float], None]
) -> None:
    silence(site, "kampus", "bawaslu")
    lina = city.slip("lina")
    row = city.sign("siti")
    collect(site)
    later(23)
    city.activate("budi")
    city.settle()
    collect(site)
    later(25)
    visitor = city.visitor("joko")
    for refused in (lambda: city.sign("joko"), lambda: city.activate("rini")):
        with pytest.raises(Refusal) as found:
            refused()
        assert found.value.reason is Reason.WITNESSES_SILENT
    with site.app.app_context():
        clauses, key = visitor.get("/pakta").text, session().get_one(PersonKey, city.keys["joko"][1]).thumbprint
        assert certificates.of_person(session(), person_id=city.person("joko").id) == []
    ticks = re.findall(r'value="([^"]+)"', " ".join(re.findall(r'<input[^>]*name="butir"[^>]*>', clauses)))
    answer = visitor.post("/pakta/siapkan", data={"butir": ticks, "kunci": key, "csrf_token": _token(clauses)})
    assert (
        answer.status_code == 422
        and "lebih dari 24 jam" in answer.text
        and "Tidak ada yang ditandatangani" in answer.text
    )
    _revocations_go_on(city, row)
    assert [site.app.test_client().get(path).status_code for path in PUBLIC] == [200] * len(PUBLIC)
    site.witnesses["bawaslu"].start()
    collect(site)
    assert city.sign("joko").cose is not None and lina


def test_where_the_worker_stands_still_the_day_is_counted_from_the_entry(city: City, site: Watched) -> None:
    with site.app.app_context():
        with transaction() as writing:  # no head is signed over it
            ledger.append(writing, kind=EntryKind.KEY_SET, payload=b"satu lagi", now=clock.now())
        ledger.check_may_issue(session(), now=clock.now() + timedelta(hours=23))
        with pytest.raises(Refusal) as found:
            ledger.check_may_issue(session(), now=clock.now() + timedelta(hours=25))
        assert found.value.reason is Reason.WITNESSES_SILENT


def test_without_a_policy_nobody_waits_and_the_database_is_asked_nothing(
    app: Flask, city: City, site: Watched, later: Callable[[float], None]
) -> None:
    asked = _questions(site)
    assert sum("ledger_witnessed" in each for each in asked) == 1
    other = City(app)
    asked = _questions(other)
    assert sum("ledger_witness" in each for each in asked) == 0
    later(25)
    with other.app.app_context(), transaction() as writing:
        ledger.lock(writing)
        ledger.check_may_issue(writing, now=clock.now())


def test_a_server_that_does_not_count_the_day_would_go_on_issuing(
    city: City, site: Watched, later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: signing does not ask."""
    silence(site, "kampus", "bawaslu")
    city.sign("siti")
    collect(site)
    later(25)
    monkeypatch.setattr(ledger, "check_may_issue", lambda session, now: None)
    assert city.sign("joko").cose is not None


def _revocations_go_on(city: City, row: IssuedCredential) -> None:
    with city.app.app_context():
        with transaction() as writing:
            wired = city.wired
            certificates.change_status(
                writing, row=writing.get_one(IssuedCredential, row.id), status=Status.REVOKED,
                reason=ReasonClass.ADMINISTRATIVE, now=clock.now(), keyring=wired.keyring, config=wired.config,
            )  # fmt: skip
            accounts.revoke_key(writing, key=writing.get_one(PersonKey, city.keys["siti"][1]), now=clock.now())
        city.settle()
        assert session().get_one(IssuedCredential, row.id).status == Status.REVOKED


def _questions(site: Watched | City) -> list[str]:
    """Return the statements that are sent to the database when a writer asks whether it may issue."""
    said: list[str] = []
    with site.app.app_context():
        engine = db.engine

        def hear(_c: object, _u: object, statement: str, *_rest: object) -> None:
            said.append(statement)

        db.event.listen(engine, "before_cursor_execute", hear)
        with transaction() as writing:
            ledger.lock(writing)
            ledger.check_may_issue(writing, now=clock.now())
        db.event.remove(engine, "before_cursor_execute", hear)
    return said


def _token(text: str) -> str:
    return text.split('name="csrf_token" value="')[1].split('"')[0]
