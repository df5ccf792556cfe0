"""The pages of pact texts: open to all, whole, with hash and place in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pakta.database import transaction
from pakta.editions import service
from pakta.editions.models import Edition
from pakta.web import clock

NOW = datetime(2026, 11, 23, 1, 15, tzinfo=UTC)


@pytest.fixture
def published(app: Flask) -> list[Edition]:
    """Publish the texts that come with Pakta."""
    with app.app_context(), transaction() as session:
        return list(service.publish_own(session, now=NOW))


@pytest.fixture
def client(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Give a visitor who has not signed in, on 23 November 2026."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return app.test_client()


def test_the_list_names_every_text_with_a_link(client: FlaskClient, published: list[Edition]) -> None:
    page = client.get("/naskah").text
    for edition in published:
        assert edition.title in page
        assert f'href="/naskah/{edition.code}"' in page
    assert "Sedang dibuka" in page
    assert "Sudah ditutup" not in page


def test_the_list_says_so_when_there_is_no_text_yet(client: FlaskClient) -> None:
    assert "Belum ada naskah yang diterbitkan" in client.get("/naskah").text


def test_a_text_that_closed_is_still_there(
    client: FlaskClient, published: list[Edition], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=400))
    page = client.get("/naskah").text
    assert "Sudah ditutup" in page
    assert "Sedang dibuka" not in page
    assert client.get("/naskah/ASN-2026").status_code == 200


def test_a_page_shows_the_whole_text_its_hash_and_its_place(client: FlaskClient, published: list[Edition]) -> None:
    for edition in published:
        page = client.get(f"/naskah/{edition.code}").text
        text = service.text_of(edition)
        for clause in text.clauses:
            assert clause.text in page
        for basis in text.legal_basis:
            assert basis.title in page
        assert edition.text_sha256 in page
        assert f'href="/log/payload/{edition.ledger_index}"' in page


def test_a_code_that_is_not_there_is_not_found(client: FlaskClient, published: list[Edition]) -> None:
    assert client.get("/naskah/LAIN-2026").status_code == 404
    assert client.get("/naskah/asn-2026").status_code == 404
