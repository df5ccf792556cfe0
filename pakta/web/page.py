"""What every page is given: display filters, inline pictures, the city and host, the visitor's menu."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache

from flask import Flask, current_app
from flask_login import current_user

from pakta import web
from pakta.config import ROOT, Config
from pakta.roles import Role
from pakta.web import access, display, pictures

INVENTED = "pakta.invented"


def register(app: Flask, *, invented: Callable[[], bool]) -> None:
    """Make the functions of `display` filters of their own names, and give pages what `base.html` shows.

    invented  says whether the people are invented: then every page is marked, whatever is configured
    """
    app.extensions[INVENTED] = invented
    for function in display.FILTERS:
        app.add_template_filter(function)
    app.jinja_env.globals["pictures"] = pictures
    app.add_template_global(asset)
    app.add_template_global(menu)
    app.context_processor(lambda: place(web.wired().config))


def place(config: Config) -> dict[str, object]:
    """Return what every page says of where it is."""
    return {
        "city": config.city,
        "host": config.host,
        "origin": config.origin,
        "demo": config.demo or current_app.extensions[INVENTED](),
        "contact": config.contact,
        "report_to": config.report_to,
        "policy": config.policy,
    }


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
    links = [("Pakta saya", "/pakta"), ("Akun", "/akun"), ("Pemberitahuan", "/pemberitahuan")]
    if held & {Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR}:
        links.append(("Cakupan", "/cakupan"))
        links.append(("Pekerjaan", "/pekerjaan"))
    if Role.ADMINISTRATOR in held:
        links.append(("Laporan data", "/laporan-data"))
        links.append(("Pemulihan", "/pemulihan"))
    if held & {Role.ADMINISTRATOR, Role.SUPERVISOR}:
        links.append(("Keberatan", "/keberatan"))
    if held & {Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR, Role.SUPERVISOR}:
        links.append(("Pencabutan", "/pencabutan"))
    if Role.SUPERVISOR in held:
        links.append(("Pengawasan", "/pengawas"))
    return links
