"""A program that asks, and holds each answer to the description while it asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.database import db, transaction
from pakta.web import clock
from tests.api import schemas
from tests.people import City


class Program:
    """Asks without a cookie, from another site; every answer must be one that the description tells of."""

    def __init__(self, app: Flask) -> None:
        """Ask this app."""
        self.client = app.test_client(use_cookies=False)
        self.described: dict[str, Any] = self.client.get("/api/v1/openapi.json").get_json()

    def ask(self, path: str, *, method: str = "GET", rule: str | None = None, **sent: Any) -> TestResponse:
        """Send a request; `rule` is the path as the description writes it, where that differs."""
        headers = {"Origin": "https://koran.example"} | sent.pop("headers", {})
        answer = self.client.open(path, method=method, headers=headers, **sent)
        self.check(answer, self.described["paths"][rule or path][method.lower()]["responses"])
        return answer

    def verify(self, **sent: Any) -> TestResponse:
        """Ask for a verdict."""
        return self.ask("/api/v1/verify", method="POST", **sent)

    def check(self, answer: TestResponse, responses: dict[str, Any]) -> None:
        """Hold an answer to what its status promises."""
        told = responses.get(str(answer.status_code), responses.get("default"))
        assert told is not None, answer.status_code
        if "$ref" in told:
            told = self.described["components"]["responses"][told["$ref"].rsplit("/", 1)[1]]
        assert set(told.get("headers", {})) - {"Retry-After"} <= set(answer.headers.keys())
        if "content" in told:
            schema = told["content"][answer.mimetype]["schema"]
            value = answer.get_json(force=True) if "json" in answer.mimetype else answer.text
            assert list(schemas.faults(value, schema, self.described)) == []
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Set-Cookie" not in answer.headers and "Cookie" not in answer.headers.get("Vary", "")


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    """Give the people of tests.people, of whom Siti has signed."""
    yield City(app).build(signed=["siti"])


@pytest.fixture
def program(app: Flask) -> Program:
    """Give a program that asks the app."""
    return Program(app)


@pytest.fixture
def siti(city: City) -> IssuedCredential:
    """Give Siti's certificate."""
    with city.app.app_context():
        return db.session().scalars(select(IssuedCredential)).one()


def revoke(city: City, row: IssuedCredential) -> None:
    """Revoke a certificate, since its data are wrong."""
    with city.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=session.get_one(IssuedCredential, row.id), status=Status.REVOKED,
            reason=ReasonClass.DATA_WRONG, now=clock.now(), keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
