"""Which way knowledge may flow; the layers themselves are held by import-linter (pyproject.toml)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pakta.config import ROOT
from tests.architecture import source

FEATURES = sorted(
    path.parent.name
    for path in (ROOT / "pakta").glob("*/__init__.py")
    if path.parent.name not in ("core", "web", "migrations", "commands")
)
NOT_FOR_SERVICES = ("flask.", "flask_login.", "flask_wtf.", "jinja2.", "werkzeug.", "pakta.web.")
# What is not a view and yet may know what pages share, and why.
MAY = {
    "pakta/ledger/worker.py": "is a process of its own: opens the app's context at each tick",
    "pakta/jobs/seldom.py": "is a thread of the worker: opens the app's context, and no request",
    "pakta/jobs/runner.py": "is a thread of the worker: opens the app's context, and no request",
    "pakta/jobs/telling.py": "says in words how far a job is, on its own page and on others",
    "pakta/api": "is nothing but what programs are answered: in the words of the pages",
    "pakta/verification/asked.py": "is the part of the views that the pages and the interface for programs share",
    "pakta/demonstration": "stands above the factory and plays a visitor",
    "pakta/verification/auditing.py": "says when what it judges by was saved",
    "pakta/verification/telling.py": "tells a person at a terminal what the pages say",
    "pakta/verification/evidencefile.py": "says in words what an evidence file shows",
    "pakta/reminders/posting.py": "is a thread of the worker: opens the app's context, and no request",
    "pakta/verification/saving.py": "says in words what it could not keep",
    "pakta/verification/publicfiles.py": "says in words from where its files came",
    "pakta/verification/document.py": "says in words what a sealed file holds",
    "pakta/verification/qrpage.py": "renders the page whose hash is released, also where nobody asks for it",
    "pakta/verification/presentation.py": "turns a verdict into what its page shows",
}


def may(name: str) -> bool:
    """Say whether a file is on the list."""
    return any(name.startswith(path) for path in MAY)


@pytest.mark.parametrize("feature", FEATURES)
def test_only_the_views_of_a_feature_know_flask_and_the_web(feature: str) -> None:
    wrong = [
        f"{source.name_of(path)}: {each}"
        for path in source.python_files(f"pakta/{feature}")
        if not source.is_web(path) and not may(source.name_of(path))
        for each in source.imported(path)
        if f"{each}.".startswith(NOT_FOR_SERVICES)
    ]
    assert wrong == []


@pytest.mark.parametrize("feature", FEATURES)
def test_a_service_never_commits_and_never_asks_what_time_it_is(feature: str) -> None:
    wrong = [
        f"{source.name_of(path)}: {word}"
        for path in source.python_files(f"pakta/{feature}")
        if path.stem in ("service", "operations", "queries", "rules")
        for word in (".commit(", "datetime.now(", "time.time(", "date.today(")
        if word in path.read_text()
    ]
    assert wrong == []


def test_the_core_asks_neither_the_clock_nor_the_disk_nor_the_network() -> None:
    forbidden = (
        "socket",
        "urllib",
        "http",
        "requests",
        "pathlib",
        "os",
        "time",
        "random",
        "logging",
        "subprocess",
    )
    wrong = [
        f"{source.name_of(path)}: {each}"
        for path in source.python_files("pakta/core")
        for each in source.imported(path)
        if each.split(".")[0] in forbidden and each != "urllib.parse.urlsplit"
    ]
    assert wrong == []
    calls = ("datetime.now(", "utcnow(", "open(")
    assert [
        path.name for path in source.python_files("pakta/core") for call in calls if call in path.read_text()
    ] == []


def test_importing_the_whole_core_loads_no_flask() -> None:
    modules = [f"pakta.core.{path.stem}" for path in source.python_files("pakta/core") if path.stem != "__init__"]
    web = ("flask", "werkzeug", "jinja2", "sqlalchemy", "PIL", "qrcode")
    program = f"import sys, {', '.join(modules)}\nprint([name for name in {web} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    twin = subprocess.run(
        [sys.executable, "-c", program.replace("import sys,", "import sys, flask,")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "flask" in twin.stdout


def test_there_is_no_drawer_for_everything() -> None:
    drawers = ("utils", "util", "helpers", "helper", "common", "manager", "managers", "misc")
    assert [path for path in source.python_files("pakta", "tests") if drawers.count(path.stem)] == []
    assert [path for path in Path(ROOT / "pakta").rglob("*/") if path.is_dir() and path.name in drawers] == []


def test_only_the_visitor_says_which_units_a_role_reaches() -> None:
    reads = {
        source.name_of(path)
        for path in source.python_files("pakta")
        if "current_user.grants" in path.read_text()
        or ("standing_grants" in path.read_text() and source.is_web(path))
    }
    shown = "pakta/accounts/account_views.py"  # lists their roles to who holds them
    assert reads == {"pakta/accounts/visitor.py", shown}
