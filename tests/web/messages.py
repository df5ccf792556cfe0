"""Every text that is said in both languages, from where it is written; and the catalogue brought up to date:

    python -m tests.web.messages     or `make translations`

What is new stands in translations/en.po with an empty English, what is no longer said is dropped.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polib
from jinja2 import Environment, nodes

from pakta.api import badge
from pakta.commands import auditor
from pakta.config import ROOT
from pakta.core.verdict import Word
from pakta.health.service import State
from pakta.ledger import rules as ledger
from pakta.verification import publicfiles, telling, words
from pakta.web import display, language, page, pictures, switch, wording

CATALOGUE = ROOT / language.CATALOGUE
SENTENCES = (
    *(
        f"pakta/verification/{name}.py"
        for name in ("document", "seals", "evidencefile", "telling", "auditing", "saving")
    ),
    "pakta/health/service.py",
)
OF_LEDGER = "pakta/ledger/rules.py"
BLANK = re.compile(r"%\(\w+\)s|\{\w+\}|%%")
TAG = re.compile(r"<[^>]+>")


def every() -> dict[str, str]:
    """Return each Indonesian text, and where it stands first."""
    found: dict[str, str] = {}
    for place, texts in (*_templates(), *_scripts(), *_tables(), *_modules()):
        for text in texts:
            found.setdefault(text, place)
    return found


def catalogue() -> polib.POFile:
    """Return the English catalogue."""
    return polib.pofile(str(CATALOGUE))


def _templates() -> Iterator[tuple[str, Iterable[str]]]:
    """Yield what the templates say, the lists of names among it that are said by `|said`."""
    reader = Environment(extensions=["jinja2.ext.i18n"])
    reader.policies["ext.i18n.trimmed"] = True
    for path in sorted((ROOT / "templates").rglob("*.html")):
        source = path.read_text(encoding="utf-8")
        found = [text for _line, _name, text in reader.extract_translations(source)]
        called = [text if isinstance(text, str) else str(text[0]) for text in found]  # several where values follow
        names = [each for each in reader.parse(source).find_all(nodes.Assign) if _is_names(each)]
        listed = [const.value for each in names for const in each.node.find_all(nodes.Const)]
        yield str(path.relative_to(ROOT)), [*called, *(text for text in listed if text[:1].isupper())]


def _is_names(assigned: nodes.Assign) -> bool:
    return isinstance(assigned.target, nodes.Name) and assigned.target.name == "NAMES"


def _scripts() -> Iterator[tuple[str, Iterable[str]]]:
    for path in sorted((ROOT / "static" / "js").glob("*.js")):
        yield str(path.relative_to(ROOT)), switch.said_in(path.name)


def _tables() -> Iterator[tuple[str, Iterable[str]]]:
    yield "pakta/web/wording.py", [*wording.WORDING.values(), *wording.STATUS.values()]
    shown: tuple[Mapping[object, str], ...] = (
        display.KINDS, display.UNIT_KINDS, display.NUMBER_LABELS, display.RANK_LABELS, display.UNIT_LABELS,
        display.STATUSES, display.METHODS, display.WAYS, display.REASON_CLASSES, display.ROLES,
    )  # type: ignore[assignment]  # fmt: skip
    yield "pakta/web/display.py", [text for table in shown for text in table.values()]
    yield "pakta/web/display.py", ["Nomor", "Pangkat", "Unit kerja"]  # of a kind that nobody knows
    yield "pakta/web/page.py", [text for text, _address, _roles in page.MENU]
    yield "pakta/api/badge.py", badge.TEXTS
    yield "pakta/web/pictures.py", [text for _icon, text in pictures.CHECK_MARKS.values()]
    yield "pakta/core/verdict.py", [word.value for word in Word]
    yield "pakta/health/service.py", [state.value for state in State]
    yield "pakta/verification/words.py", [
        *(band.sentence for band in words.BANDS.values()),
        *(text for table in (*words.REASONS.values(), words.SERVED) for text in table.values()),
        *words.FILES.values(), *words.SEALS.values(), *words.CREDENTIAL.values(), *words.ALONE.values(),
        *words.STEPS.values(), *words.GUARDED.values(), words.PERSON, *words.TERMS, words.NAMELESS,
        *words.CLASSES.values(), *words.CHANGED.values(), *words.LISTED.values(), words.UNTOLD, *words.UNSEALED,
    ]  # fmt: skip
    yield "pakta/verification/telling.py", [telling.CODE, *telling.SIGNS.values(), words.DEMO]
    yield "pakta/verification/publicfiles.py", [publicfiles.FETCHED, publicfiles.SILENT]
    yield "pakta/commands/auditor.py", auditor.SAID
    yield OF_LEDGER, ledger.TROUBLES.values()


def _modules() -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the sentences that stand among a module's lines: what has two words or a stop, no documentation."""
    for name in SENTENCES:
        yield name, [text for text in _texts(ROOT / name) if len(text.split()) > 1 or text.endswith(".")]
    yield OF_LEDGER, [text for text in _texts(ROOT / OF_LEDGER) if text.endswith("meneguhkan")]


def _texts(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for each in ast.walk(tree):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in documentation:
            yield each.value


def blanks(text: str) -> list[str]:
    """Return the blanks of a text, in order of their names, and what a page would break without: its tags."""
    return sorted([*BLANK.findall(text), *TAG.findall(text)])


def renew() -> list[str]:
    """Bring the catalogue up to date; return what has no English yet."""
    old = {each.msgid: each for each in catalogue()} if CATALOGUE.exists() else {}
    renewed = polib.POFile(wrapwidth=110)
    renewed.metadata = {
        "Language": "en",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for text, place in every().items():
        said = old[text].msgstr if text in old else ""
        renewed.append(polib.POEntry(msgid=text, msgstr=said, occurrences=[(place, "")]))
    renewed.save(str(CATALOGUE))
    return [each.msgid for each in renewed if not each.msgstr]


if __name__ == "__main__":
    print("\n".join(f"no English yet: {text}" for text in renew()))
