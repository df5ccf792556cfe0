"""The command: exit codes, words, JSON, repeated runs; and that it stands on the core alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pakta.commands import monitor as command
from pakta.commands.main import main
from pakta.config import ROOT
from pakta.monitor import told
from pakta.monitor.findings import Finding, Word
from tests.monitor.lies import INSPEKTORAT, flip
from tests.monitor.town import Town


def run(town: Town, folder: Path, *words: str) -> Result:
    """Run `python -m pakta monitor` over a town."""
    return CliRunner().invoke(main, ["monitor", town.origin, "--state", str(folder / "s.json"), *words])


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing."""
    monkeypatch.setattr(command, "PAUSE", 0.0)


def test_it_ends_with_0_1_and_2_and_says_why(town: Town, tmp_path: Path) -> None:
    good = run(town.live(), tmp_path)
    assert (good.exit_code, good.stdout.splitlines()[-1]) == (0, "Semua cocok.")
    assert "dipercaya begitu saja" in good.stdout and town.vkey in good.stdout
    flip(town, "/log/payload/0")
    lied = run(town, tmp_path, "--full")
    assert (lied.exit_code, lied.stdout.split("  ")[0]) == (1, "PAYLOAD_CHANGED")
    assert lied.stdout.splitlines()[-1] == "1 temuan. Jangan dianggap beres."
    town.files.pop("/log/checkpoint")
    unread = run(town, tmp_path)
    assert (unread.exit_code, unread.stdout) == (2, "")
    assert unread.stderr.startswith("NO_HEAD  ") and "keadaan tidak berubah" in unread.stderr


def test_json_says_the_same(town: Town, tmp_path: Path) -> None:
    good = json.loads(run(town.live(), tmp_path, "--json").stdout)
    assert (good["good"], good["trust"], good["head"]["size"], good["findings"]) == (True, "site", 14, [])
    flip(town, "/log/payload/0")
    lied = json.loads(run(town, tmp_path, "--json", "--full").stdout)
    assert (lied["good"], lied["findings"][0]["word"], lied["findings"][0]["where"]) == (
        False,
        "PAYLOAD_CHANGED",
        "0",
    )
    town.files.pop("/log/checkpoint")
    unread = json.loads(run(town, tmp_path, "--json").stdout)
    assert (unread["good"], unread["unread"]["word"]) == (None, "NO_HEAD")


def test_with_a_policy_the_head_needs_the_witnesses(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "policy.txt"
    path.write_text(f"log {town.live().vkey}\nwitness i {INSPEKTORAT.vkey}\nquorum i\n")
    alone = run(town, tmp_path, "--policy", str(path))
    assert (alone.exit_code, alone.stdout.split("  ")[0]) == (1, "WITNESSES_TOO_FEW")
    town.files["/log/checkpoint"] = town.cosigned(INSPEKTORAT)
    seen = run(town, tmp_path, "--policy", str(path))
    assert (seen.exit_code, "dari berkas kebijakan" in seen.stdout) == (0, True)
    assert "Saksi: diperiksa menurut kebijakan" in seen.stdout
    path.write_text("quorum\n")
    assert run(town, tmp_path, "--policy", str(path)).exit_code == 2
    assert run(town, tmp_path, "--policy", str(tmp_path / "none")).exit_code == 2


def test_repeated_runs_go_on_through_silence_and_end_at_the_first_lie(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, happened = town.live().files["/log/checkpoint"], []

    def next_hour(seconds: float) -> None:
        if seconds != 3600:
            return
        happened.append(seconds)
        if len(happened) == 1:
            town.files["/log/checkpoint"] = None
        elif len(happened) == 2:
            town.files["/log/checkpoint"] = head
        else:
            town.publish(len(town.entries) - 1)

    monkeypatch.setattr("time.sleep", next_hour)
    done = run(town, tmp_path, "--every", "3600")
    assert (done.exit_code, len(happened)) == (1, 3)
    assert done.stdout.count("Semua cocok.") == 2 and "LOG_REWOUND" in done.stdout and "NO_HEAD" in done.stderr
    assert "Bukti disimpan: " in done.stdout


def test_a_finding_that_is_known_is_shown_and_does_not_hold_the_state_back(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "known.txt"
    town.live().files.pop("/log/payload/0")
    path.write_text("PAYLOAD_MISSING 1\n")
    assert run(town, tmp_path, "--known", str(path)).exit_code == 1
    path.write_text("PAYLOAD_MISSING 0\n")
    done = run(town, tmp_path, "--known", str(path))
    assert (done.exit_code, done.stdout.startswith("Diketahui: PAYLOAD_MISSING  ")) == (0, True)
    assert run(town, tmp_path).exit_code == 0
    path.write_text("PAYLOAD_LOST 0\n")
    assert run(town, tmp_path, "--known", str(path)).exit_code == 2


@pytest.mark.parametrize("path", ["/v-sw.js", "/v", "/.well-known/pakta-keys.json", "/s/0", "/log/totals"])
def test_a_known_finding_about_a_file_excuses_no_other_content(town: Town, tmp_path: Path, path: str) -> None:
    known = tmp_path / "known.txt"
    town.live()
    lie = json.dumps({**town.totals(), "size": 2}) if path == "/log/totals" else "harmless"
    town.files[path] = lie.encode()
    named = json.loads(run(town, tmp_path, "--json", "--vkey", town.vkey).stdout)["findings"]
    known.write_text("".join(f"{each['word']} {each['where'].partition(' ')[0]}\n" for each in named))
    assert run(town, tmp_path, "--vkey", town.vkey, "--known", str(known)).exit_code == 1
    known.write_text("".join(f"{each['word']} {each['where']}\n" for each in named))
    assert run(town, tmp_path, "--vkey", town.vkey, "--known", str(known)).exit_code == 0
    town.files[path] = lie.replace("harmless", "evil()").replace('"1": 3', '"1": 4').encode()
    assert run(town, tmp_path, "--vkey", town.vkey, "--known", str(known)).exit_code == 1


def test_a_lie_about_the_tree_cannot_be_known_beforehand(town: Town, tmp_path: Path) -> None:
    path, bundle = tmp_path / "known.txt", "entries/000.p/14"
    flip(town.live(), f"/log/tile/{bundle}", 200)
    path.write_text(f"BUNDLE_CHANGED {bundle}\n")
    done = run(town, tmp_path, "--known", str(path))
    assert (done.exit_code, done.stdout.split("  ")[0]) == (1, "BUNDLE_CHANGED")


@pytest.mark.parametrize(
    "words", [("--once", "--every", "60"), ("--roster", "x"), ("--every", "0"), ("--timeout", "0")]
)
def test_words_that_do_not_go_together_are_refused(town: Town, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert run(town, tmp_path, *words).exit_code == 2


def test_the_state_has_a_name_by_its_host_where_none_is_given(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["monitor", town.live().origin]).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == [f"pakta-monitor-{town.host.replace(':', '-')}.json"]


def test_what_a_site_says_cannot_steer_the_terminal() -> None:
    said = told.sentence(Finding(Word.SCRIPT_UNKNOWN, "/v", "\x1b[2J\nSemua cocok.\u202e"))
    assert said.isprintable() and "\n" not in said


WEB = ("flask", "werkzeug", "jinja2", "sqlalchemy", "alembic", "pakta.config", "pakta.database", "pakta.web")


@pytest.mark.parametrize("module", ["pakta.monitor.told", "pakta.commands.monitor"])
def test_the_monitor_loads_no_flask_no_database_and_nothing_of_ours_but_the_core(module: str) -> None:
    program = f"import sys, {module}\nprint(*(name for name in sys.modules))"
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert module in loaded and [name for name in WEB if name in loaded] == []
    own = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("pakta.")}
    assert own <= {"pakta.core", "pakta.monitor", "pakta.commands"}
    words[2] = program.replace("import sys,", "import sys, flask,")  # the twin
    assert "flask" in subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def test_typed_as_a_module_it_runs_where_no_flask_can_be_imported(town: Town, tmp_path: Path) -> None:
    for name in ("flask", "sqlalchemy"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('not installed here')\n")
    words = [sys.executable, "-m", "pakta", "monitor", town.live().origin, "--state", str(tmp_path / "s.json")]
    surroundings = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    done = subprocess.run(words, cwd=tmp_path, env=surroundings, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Semua cocok."), done.stderr
