"""Sessions are rows: they run out, are listed, and are ended by their owner or by a change of role."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from pakta.accounts import service
from pakta.accounts.models import SignIn
from pakta.database import db, transaction
from pakta.roles import Role
from tests.accounts.city import RANGGA, SITI, City


def last_seen() -> list[object]:
    """Return the last-seen times as they are stored."""
    return list(db.session.execute(select(SignIn.last_seen_at).order_by(SignIn.id)).scalars())


def test_twelve_hours_without_use_end_a_session(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    city.time.pass_by(hours=11)
    assert client.get("/akun").status_code == 200
    city.time.pass_by(hours=11)
    assert client.get("/akun").status_code == 200
    city.time.pass_by(hours=12, seconds=1)
    assert client.get("/akun").status_code == 302


def test_thirty_days_end_a_session_that_is_used_every_day(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    for _ in range(60):
        city.time.pass_by(hours=12)
        assert client.get("/akun").status_code == 200
    city.time.pass_by(hours=1)
    assert client.get("/akun").status_code == 302


def test_the_last_seen_time_is_written_at_most_every_five_minutes(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    before = last_seen()
    city.time.pass_by(minutes=4)
    client.get("/akun")
    assert last_seen() == before
    city.time.pass_by(minutes=1)
    client.get("/akun")
    assert last_seen() == [city.time.at]


def test_a_person_sees_and_ends_their_other_sessions(city: City, app: Flask, client: FlaskClient) -> None:
    city.with_device(client)
    other = app.test_client()
    city.sign_in(other)
    first, second = db.session.execute(select(SignIn).order_by(SignIn.id)).scalars().all()
    page = client.get("/akun").text
    assert f"/akun/sesi/{second.id}/akhiri" in page and f"/akun/sesi/{first.id}/akhiri" not in page
    assert client.post(f"/akun/sesi/{second.id}/akhiri").status_code == 302
    assert other.get("/akun").status_code == 302
    assert client.get("/akun").status_code == 200


def test_nobody_ends_the_session_of_another_person(city: City, app: Flask, client: FlaskClient) -> None:
    city.with_device(client)
    stranger = app.test_client()
    city.with_device(stranger, RANGGA)
    row = db.session.execute(select(SignIn).order_by(SignIn.id)).scalars().first()
    assert row is not None
    assert stranger.post(f"/akun/sesi/{row.id}/akhiri").status_code == 403
    assert stranger.post("/akun/sesi/999/akhiri").status_code == 403
    assert client.get("/akun").status_code == 200


def test_ending_all_others_leaves_this_one(city: City, app: Flask, client: FlaskClient) -> None:
    city.with_device(client)
    others = [app.test_client() for _ in range(2)]
    for other in others:
        city.sign_in(other)
    client.post("/akun/sesi/akhiri-lain")
    assert [other.get("/akun").status_code for other in others] == [302, 302]
    assert client.get("/akun").status_code == 200


def test_a_change_of_role_ends_every_session_at_once(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    with transaction() as session:
        grant = service.grant_role(
            session, person=city.person(), role=Role.HEAD, unit=city.unit("dikbud"), now=city.time.at
        )
    assert client.get("/akun").status_code == 302
    assert "Sesi Anda yang lalu sudah berakhir" in client.get("/masuk").text
    refused = client.post("/masuk", data={"nomor": "1", "kata_sandi": "salah"}).text
    assert "Anda belum masuk" in refused and "Sesi Anda yang lalu" not in refused
    assert city.sign_in(client).location == "/"  # where a role's holder sees what waits
    assert "Kepala, Dinas Pendidikan" in client.get("/akun").text
    client.post("/keluar")
    assert "sudah berakhir" not in client.get("/masuk").text
    city.sign_in(client)
    with transaction() as session:
        service.end_role(session, grant=session.merge(grant), now=city.time.at)
    assert client.get("/akun").status_code == 302


def test_the_cookie_holds_no_row_id_and_the_row_no_token(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    with client.session_transaction() as kept:
        token = kept["_user_id"]
    row = db.session.execute(select(SignIn)).scalar_one()
    assert len(token) >= 43
    assert token.encode() not in row.token_hash
    assert SITI not in str(dict(kept))


def test_signing_in_keeps_the_form_token_and_nothing_else(city: City, client: FlaskClient) -> None:
    with client.session_transaction() as kept:
        kept["csrf_token"], kept["other"] = "abc", "def"
    city.with_device(client)
    with client.session_transaction() as kept:
        assert kept["csrf_token"] == "abc"
        assert "other" not in kept


def test_activating_another_person_in_this_browser_ends_the_session_before(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    city.with_device(client, RANGGA)
    rows = db.session.execute(select(SignIn).order_by(SignIn.id)).scalars().all()
    assert [row.ended_at is not None for row in rows] == [True, False]
