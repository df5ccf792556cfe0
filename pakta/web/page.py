"""What every page is given: inline pictures, the city and host, the visitor's menu."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, cast

from flask import Flask, current_app, g
from flask_login import current_user
from sqlalchemy import Select, select

from pakta import web
from pakta.config import ROOT, Config
from pakta.database import db
from pakta.roles import Role
from pakta.web import access, pictures, switch

INVENTED, BOUND = "pakta.invented", "pakta.bound"
HEADS = frozenset({Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR})
ADMINISTRATORS, SUPERVISORS = frozenset({Role.ADMINISTRATOR}), frozenset({Role.SUPERVISOR})
MENU: tuple[tuple[str, str, frozenset[Role]], ...] = (  # no roles: everyone's
    ("Pakta saya", "/pakta", frozenset()),
    ("Akun", "/akun", frozenset()),
    ("Pemberitahuan", "/pemberitahuan", frozenset()),
    ("Cakupan", "/cakupan", HEADS),
    ("Apel", "/apel", HEADS),
    ("Pekerjaan", "/pekerjaan", HEADS),
    ("Slip", "/slip", HEADS),
    ("Impor", "/impor", ADMINISTRATORS),
    ("Unit kerja", "/unit-kerja", ADMINISTRATORS),
    ("Laporan data", "/laporan-data", ADMINISTRATORS),
    ("Pemulihan", "/pemulihan", ADMINISTRATORS),
    ("Bukan pegawai", "/bukan-pegawai", ADMINISTRATORS),
    ("Keberatan menandatangani", "/keberatan-pakta/masuk", ADMINISTRATORS),
    ("Keberatan “Bukan saya”", "/keberatan", ADMINISTRATORS | SUPERVISORS),
    ("Pencabutan", "/pencabutan", HEADS | SUPERVISORS),
    ("Peran", "/peran", HEADS),
    ("Pengawasan", "/pengawas", SUPERVISORS),
    ("Catatan akses", "/catatan-akses", ADMINISTRATORS | SUPERVISORS),
)
WAITING = {  # where something waits for the visitor, and what says how much: a template global of the feature
    "/pemberitahuan": "waiting_notices",
    "/slip": "waiting_slips",
    "/impor": "waiting_imports",
    "/laporan-data": "waiting_reports",
    "/pemulihan": "waiting_recoveries",
    "/pencabutan": "waiting_requests",
    "/peran": "waiting_appointments",
    "/bukan-pegawai": "waiting_departures",
    "/keberatan-pakta/masuk": "standing_objections",
    "/keberatan": "waiting_disputes",
}


def register(app: Flask, *, invented: Callable[[], bool], bound: Callable[[], Mapping[str, object]]) -> None:
    """Give pages what `base.html` shows.

    invented  says whether the people are invented: then every page is marked, whatever is configured
    bound     says what the parameters of the menu's counts stand for
    """
    app.extensions[BOUND] = bound
    app.extensions[INVENTED] = invented
    app.jinja_env.globals["pictures"] = pictures
    app.add_template_global(asset)
    app.add_template_global(menu)
    app.add_template_global(waiting, "menu_waits")  # no view gives a page anything of this name
    app.context_processor(lambda: place(web.wired().config))


def place(config: Config) -> dict[str, object]:
    """Return what every page says of where it is."""
    return {
        "city": config.city,
        "host": config.host,
        "origin": config.origin,
        "demo": is_demo(config),
        "contact": config.contact,
        "report_to": config.report_to,
        "policy": config.policy,
    }


def is_demo(config: Config) -> bool:
    """Say whether every page has the ribbon of a demonstration: so configured, or over invented people."""
    return bool(config.demo or current_app.extensions[INVENTED]())


def asset(name: str) -> str:
    """Return the address of a file under static/ that changes with its content: caches may keep it."""
    return f"{current_app.static_url_path}/{name}?v={_version(name)}"


@cache
def _version(name: str) -> str:
    path = ROOT / "static" / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8] if path.is_file() else "0"


def menu() -> list[tuple[str, str]]:
    """Return the links of the signed-in visitor, by what their roles may open."""
    held = access.roles_of(current_user)
    return [(switch.say(text), address) for text, address, roles in MENU if not roles or roles & held]


def waiting() -> dict[str, int]:
    """Return how many things wait for the signed-in visitor at each address of their menu where anything may wait.

    A feature says a number, or the query that counts it, written with the parameters of whoever asks: all queries
    are put as one, since every page asks them, and once in a request.
    """
    if "waits" not in g:
        g.waits = _counted()
    return cast("dict[str, int]", g.waits)


def _counted() -> dict[str, int]:
    told = {address: _told(WAITING[address]) for _, address in menu() if address in WAITING}
    queries = {address: each for address, each in told.items() if not isinstance(each, int)}
    bound = current_app.extensions[BOUND]()
    counts = db.session.connection().execute(_as_one(*queries.values()), bound).one() if queries else ()
    numbers = {address: each for address, each in told.items() if isinstance(each, int)}
    return numbers | {address: int(count) for address, count in zip(queries, counts, strict=True)}


@lru_cache(maxsize=64)  # few: by role
def _as_one(*queries: Select[int]) -> Select[Any]:
    return select(*(each.scalar_subquery() for each in queries))


def _told(name: str) -> int | Select[int]:
    return cast("int | Select[int]", current_app.jinja_env.globals[name]())  # type: ignore[operator]
