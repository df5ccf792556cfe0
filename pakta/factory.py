"""Wires the app: the one place that knows every feature's views."""

from __future__ import annotations

import logging
from pathlib import Path

from flask import Flask
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from pakta import config as configuration
from pakta import database, keyring
from pakta.accesslog import views as accesslog_views
from pakta.accounts import views as accounts_views
from pakta.accounts import visitor
from pakta.api import views as api_views
from pakta.appointments import views as appointments_views
from pakta.bundles import views as bundles_views
from pakta.certificates import arms, publishing, restoring
from pakta.certificates import views as certificates_views
from pakta.config import ROOT, Config
from pakta.coverage import views as coverage_views
from pakta.custody import views as custody_views
from pakta.database import db
from pakta.departures import views as departures_views
from pakta.disputes import views as disputes_views
from pakta.editions import views as editions_views
from pakta.health import views as health_views
from pakta.imports import views as imports_views
from pakta.jobs import views as jobs_views
from pakta.ledger import copy as ledger_copy
from pakta.ledger import gate
from pakta.ledger import views as ledger_views
from pakta.notices import views as notices_views
from pakta.objections import views as objections_views
from pakta.reminders import views as reminders_views
from pakta.revocation import views as revocation_views
from pakta.rollcalls import views as rollcalls_views
from pakta.roster import views as roster_views
from pakta.signing import views as signing_views
from pakta.structure import views as structure_views
from pakta.verification import views as verification_views
from pakta.web import Wired, access, clock, errors, headers, inputs, page, switch
from pakta.web import views as web_views

FEATURES = (
    web_views,
    roster_views,
    accounts_views,
    editions_views,
    ledger_views,
    notices_views,
    certificates_views,
    signing_views,
    verification_views,
    disputes_views,
    accesslog_views,
    objections_views,
    revocation_views,
    appointments_views,
    departures_views,
    structure_views,
    custody_views,
    reminders_views,
    coverage_views,
    rollcalls_views,
    imports_views,
    jobs_views,
    bundles_views,
    health_views,
    api_views,
)
REQUEST_LIMIT = 12 * 1024 * 1024  # bytes; the largest upload is a 10 MB PDF


def create_app(config: Config | None = None, *, keys: keyring.Keyring | None = None) -> Flask:
    """Return the app for `config`, read from the environment where none is given."""
    config = config or configuration.from_environment()
    arms.of(config)  # a file that no document can bear stops the start, not the first download
    keys = keys or keyring.load(config.keys_dir)
    app = Flask("pakta", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.config.update(_settings(config, keys))
    app.extensions["pakta"] = Wired(config=config, keyring=keys)
    database.init(app, config.database_url)
    with app.app_context():
        if config.log_copy:
            _keep_copy(config.log_copy, config, keys)
        if config.policy:
            gate.keep(db.engine, config.policy)
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    inputs.init(app)
    CSRFProtect(app).exempt(api_views.verify)  # programs have no session, and none is looked at
    access.init(app)
    headers.init(app)
    errors.init(app)
    switch.init(app)
    page.register(app, invented=roster_views.is_invented, bound=visitor.bound)
    _sign_in(app)
    for feature in FEATURES:
        app.register_blueprint(feature.bp)
    logging.getLogger("pakta").setLevel(logging.INFO)
    return app


def _keep_copy(path: Path, config: Config, keys: keyring.Keyring) -> None:
    def settle(session: Session) -> None:
        restoring.settle(session, now=clock.now(), keyring=keys, config=config)

    ledger_copy.keep(db.engine, path, pepper=keys.pepper, signed=publishing.COPIED, settle=settle)


def _settings(config: Config, keys: keyring.Keyring) -> dict[str, object]:
    return {
        "SECRET_KEY": keys.secret_key,
        "SESSION_COOKIE_NAME": "__Host-pakta" if config.secure else "pakta",
        "SESSION_COOKIE_SECURE": config.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,  # Referer is switched off by our own Referrer-Policy
        "MAX_CONTENT_LENGTH": REQUEST_LIMIT,
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
    }


def _sign_in(app: Flask) -> None:
    manager = LoginManager(app)
    # We keep no remember-me cookie; looking for one would open the session, and mark public files "Vary: Cookie".
    app.after_request_funcs[None].remove(manager._update_remember_cookie)
    manager.session_protection = None  # our sessions are rows: listed and ended there
    manager.user_loader(visitor.load)
