"""The whole route map: who may open what is written down here, and nothing appears or vanishes by accident."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from pakta.config import ROOT
from pakta.roles import MAY, Power, Role
from pakta.web import access
from tests.architecture import routemap, source


@pytest.fixture
def routes(app: Flask) -> dict[str, routemap.Route]:
    """Give every route of the app by `METHOD rule`."""
    return {each.name: each for each in routemap.routes(app)}


def test_the_map_holds_exactly_the_routes_that_are_written_down(routes: dict[str, routemap.Route]) -> None:
    assert sorted(set(routes) - set(routemap.ASKS)) == []
    assert sorted(set(routemap.ASKS) - set(routes)) == []


def test_every_view_carries_exactly_the_mark_that_is_written_down(routes: dict[str, routemap.Route]) -> None:
    wrong = []
    for name, asks in routemap.ASKS.items():
        mark = access.mark_of(routes[name].view)
        if mark is None or mark != expected_mark(asks):
            wrong.append(f"{name}: {mark}")
    assert wrong == []


def expected_mark(asks: routemap.Asks) -> access.Mark:
    """Return the mark that a view must carry for what its route asks."""
    if asks is routemap.OPEN:
        return access.Mark(open=True)
    if asks is routemap.SIGNED_IN:
        return access.Mark(open=False)
    if isinstance(asks, Role):
        return access.Mark(open=False, roles=frozenset({asks}))
    return access.Mark(open=False, roles=frozenset(role for role in Role if asks in MAY[role]))


def test_signing_revoking_and_exporting_ask_for_a_fresh_sign_in(routes: dict[str, routemap.Route]) -> None:
    assert {name for name, each in routes.items() if each.fresh} == routemap.FRESH


def test_a_view_cannot_carry_two_marks() -> None:
    with pytest.raises(TypeError):
        access.signed_in(access.open_to_all(lambda: ""))


def test_only_get_and_post_exist(routes: dict[str, routemap.Route]) -> None:
    assert {name.split(" ")[0] for name in routes} == {"GET", "POST"}


def test_only_what_looks_at_no_session_is_excused_from_csrf(app: Flask) -> None:
    assert app.config.get("WTF_CSRF_CHECK_DEFAULT", True) is True
    assert app.extensions["csrf"]._exempt_views == {"pakta.api.views.verify"}  # tests/api/test_programs.py
    assert app.extensions["csrf"]._exempt_blueprints == set()


def test_every_power_of_the_table_is_held_by_somebody() -> None:
    assert {power for powers in MAY.values() for power in powers} == set(Power)
    assert set(MAY) == set(Role)


def test_every_template_is_used() -> None:
    folder = ROOT / "templates"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}
    texts = [path.read_text() for path in (*source.python_files("pakta"), *folder.rglob("*.html"))]
    used = {name for text in texts for name in re.findall(r"[\"']([a-z_/]+\.html)[\"']", text)}
    assert sorted(names - used) == []
    assert sorted(used - names) == []


def test_every_script_is_used() -> None:
    folder = ROOT / "static" / "js"
    names = {path.name for path in folder.glob("*.js")}
    texts = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    texts += [path.read_text() for path in (*folder.glob("*.js"), *source.python_files("pakta"))]
    used = {name for text in texts for name in re.findall(r"([a-z0-9-]+\.js)\b", text)}
    assert sorted(names - used) == []
