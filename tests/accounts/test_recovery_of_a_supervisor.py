"""Who supervises another institution than their own is recovered by two administrators of their own."""

from __future__ import annotations

import re

from flask import Flask

from pakta.roles import Role
from tests.people import KNOWN, City


def test_two_of_their_own_institution_recover_who_supervises_another(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    city = City(app).build("ani", "wati", "joko", "lina")
    for who in ("joko", "lina"):
        city.grant(who, Role.ADMINISTRATOR, "kejari")
    sent = {"nomor": KNOWN["wati"].number, "alasan": "Ponsel hilang di pasar"}
    assert "PERSON_UNKNOWN" in city.visitor("ani").post("/pemulihan", data=sent).text  # whom she watches
    assert city.visitor("joko").post("/pemulihan", data=sent).status_code == 302
    second = city.visitor("lina")
    assert "Pemulihan (1" in second.get("/akun").text
    page = second.post("/pemulihan/1/setujui")
    assert page.status_code == 200 and re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page.text)


def test_two_of_a_part_do_not_recover_who_stands_in_it_and_supervises_the_whole(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    city = City(app).build("ani", "dewi", "siti", "joko", "lina")
    city.grant("siti", Role.SUPERVISOR, "pemkot")
    for who in ("joko", "lina"):
        city.grant(who, Role.ADMINISTRATOR, "dikbud")
    sent = {"nomor": KNOWN["siti"].number, "alasan": "Ponsel hilang di pasar"}
    assert "ROLE_BEYOND" in city.visitor("joko").post("/pemulihan", data=sent).text
    assert (
        city.visitor("ani").post("/pemulihan", data=sent).status_code == 302
    )  # who administers all of it still asks
    part = city.visitor("lina")
    assert "Pemulihan (1" not in part.get("/akun").text
    assert "ROLE_BEYOND" in part.post("/pemulihan/1/setujui").text
    assert "Pemulihan (1" in city.visitor("dewi").get("/akun").text
    assert city.visitor("dewi").post("/pemulihan/1/setujui").status_code == 200
