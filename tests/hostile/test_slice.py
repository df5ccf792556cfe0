"""Files that are handed in to do harm: each is refused for what it is, and the next one is read."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask

from pakta.certificates import qr
from pakta.core import credential
from pakta.core.errors import Reason
from pakta.keyring import Keyring
from pakta.verification import confined
from tests.hostile import table
from tests.hostile.case import Case
from tests.hostile.table import Desk
from tests.slices import some

HANDED_IN = [case for cases in table.KINDS.values() for case in some(cases, 3, of=6)]  # each kind has its share
AT_THE_PAGE = ("PNG, 20,000 by 20,000", "cut in the middle", "ZIP of 300 MB", "a QR that is a script")


@pytest.fixture(scope="module")
def desk(keys: Keyring) -> Desk:
    """Give somebody who judges what is handed in."""
    return Desk(keys)


@pytest.mark.parametrize("case", HANDED_IN, ids=lambda case: case.name)
def test_a_hostile_file_is_refused_for_what_it_is(desk: Desk, case: Case) -> None:
    reasons, said = desk.say(case.make())
    assert reasons <= set(case.reasons) and None not in reasons
    assert said.endswith(".") and len(said) > 40


def test_between_them_a_certificate_is_read(desk: Desk) -> None:
    address = credential.to_address(desk.good, origin=desk.city.origin)
    assert desk.say(qr.png(address))[0] == {None}
    assert desk.say(b"lihat " + address.encode())[0] == {None}
    assert desk.say(qr.png(address) + b"and more after it")[0] == {None}
    assert confined._reader is not None


def test_there_are_many_of_each_kind_and_no_two_are_one() -> None:
    assert len({case.name for case in table.ALL}) == len(table.ALL) > 100
    assert min(len(cases) for cases in table.KINDS.values()) > 30
    met = {reason for case in table.ALL for reason in case.reasons}
    assert len(met) > 15 and Reason.IMAGE_TOO_LARGE in met


@pytest.mark.parametrize("name", AT_THE_PAGE)
def test_at_the_page_and_for_programs_it_is_an_answer_and_no_failure(app: Flask, name: str) -> None:
    (case,) = [each for each in table.ALL if each.name == name]
    content, client = case.make(), app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/periksa").text)
    assert token
    page = client.post("/periksa/berkas", data={"csrf_token": token[1], "berkas": (io.BytesIO(content), "x")})
    told = client.post("/api/v1/verify", data={"file": (io.BytesIO(content), "x")})
    assert (page.status_code, told.status_code) in ((422, 422), (200, 200))
    assert any(reason.value in page.text and reason.value in told.text for reason in case.reasons)
    assert ">SAH<" not in page.text
