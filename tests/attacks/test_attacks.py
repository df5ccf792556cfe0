"""No known way to change a sealed PDF gets past the command or the page, and each is refused for what it is."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pakta.config import ROOT
from pakta.core.errors import Reason
from pakta.keyring import Keyring
from pakta.verification import command, words
from pakta.web import clock, wording
from tests import slices
from tests.attacks import poppler, scene, shadow, table
from tests.attacks.attack import Attack, Make, Seen
from tests.attacks.edits import FALSE_NAME
from tests.attacks.scene import Scene
from tests.people import KNOWN, City

TWINS: dict[str, Make] = {
    "a lembar": lambda scene: scene.lembar,
    "a berkas bukti": lambda scene: scene.berkas,
    "somebody else's berkas bukti": lambda scene: scene.joko,
    "a lembar of a marked institution": lambda scene: scene.nameless,
    "what was prepared to hide": shadow.cover_prepared,
    "what was prepared to replace": shadow.field_prepared,
    "what was prepared to hide and replace": shadow.catalog_prepared,
    "true parts that belong together": table.resealed,
}


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, keys_dir: Path, keys: Keyring
) -> Iterator[Scene]:
    """Make the documents once; nothing here depends on the database."""
    folder = tmp_path_factory.mktemp("attacks")
    with scene.standing(folder, template=sqlite_template, keys_dir=keys_dir, keys=keys) as built:
        yield built


def by_command(city: City, path: Path) -> command.Outcome:
    """Return what `python -m pakta verify` prints and how it ends."""
    return command.verify(str(path), source=None, config=city.wired.config, now=clock.now())


def by_page(city: City, content: bytes) -> str:
    """Hand a file in at /periksa, each from another neighbourhood; return the page."""
    client = city.visitor()
    client.environ_base["REMOTE_ADDR"] = f"10.{len(content) % 250}.{content[-9] % 250}.{hash(content) % 250}"
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/periksa").text)
    assert found
    sent = {"csrf_token": found[1], "berkas": (io.BytesIO(content), "lembar.pdf")}
    return client.post("/periksa/berkas", data=sent).text


def seen(changed: Path, before: Path) -> Seen:
    """Return what poppler sees in the one file and not in the other."""
    known = {
        Seen.WORDS: FALSE_NAME in poppler.text(changed) and FALSE_NAME not in poppler.text(before),
        Seen.LOOK: poppler.picture(changed) != poppler.picture(before),
        Seen.NAME_INSIDE: FALSE_NAME in poppler.metadata(changed) and FALSE_NAME not in poppler.metadata(before),
        Seen.FILES: poppler.attached(changed) != poppler.attached(before),
    }
    return Seen(sum(each.value for each, is_so in known.items() if is_so))


@pytest.mark.parametrize("attack", slices.some(table.ALL, 0, of=2), ids=lambda attack: attack.name)
def test_an_attack_is_refused_for_what_it_is(made: Scene, attack: Attack, tmp_path: Path) -> None:
    content, before = attack.make(made), tmp_path / "before.pdf"
    path = tmp_path / "changed.pdf"
    path.write_bytes(content)
    before.write_bytes(attack.of(made))

    outcome, page = by_command(made.city, path), by_page(made.city, content)

    said = "\n".join(outcome.lines)
    assert not outcome.good and f"Kode: {attack.reason.value}" in said
    if attack.reason is not Reason.IMAGE_FORMAT:  # what is no PDF gets no verdict
        word = "TIDAK DAPAT DIPERIKSA" if attack.reason is Reason.PDF_NOT_SEALED else "TIDAK DIKENAL"
        assert outcome.lines[0] == word and word in page and ">SAH<" not in re.sub(r"\s+", "", page)
    assert sentence_of(attack.reason) in page
    assert not any(name in said + page for name in (KNOWN["siti"].name, KNOWN["joko"].name, FALSE_NAME))
    assert content != before.read_bytes() and poppler.picture(path)
    assert attack.seen in seen(path, before)
    assert poppler.signatures(path) == attack.pdfsig


def sentence_of(reason: Reason) -> str:
    """Return what the page says of a reason, up to its first full stop."""
    own = {**words.FILES, **words.UNKNOWN}.get(reason) or wording.WORDING[reason]
    return own.replace("{host}", "localhost:5000").split(". ")[0]


@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
def test_the_untouched_document_is_sah(made: Scene, twin: Make, tmp_path: Path) -> None:
    path = tmp_path / "twin.pdf"
    path.write_bytes(twin(made))
    outcome = by_command(made.city, path)
    assert (outcome.lines[0], outcome.good) == ("SAH", True)
    assert ">SAH<" in re.sub(r"\s*([<>])\s*", r"\1", by_page(made.city, path.read_bytes()))
    assert poppler.signatures(path) == table.WHOLE


def test_the_document_of_another_pakta_is_sah_there(made: Scene, tmp_path: Path) -> None:
    path = tmp_path / "there.pdf"
    path.write_bytes(made.elsewhere)
    assert by_command(made.other, path).lines[0] == "SAH"


def test_no_two_attacks_are_one(made: Scene) -> None:
    assert len({each.name for each in table.ALL}) == len({each.make for each in table.ALL}) == len(table.ALL)
    assert len(table.ALL) > 50


def test_the_list_in_the_docs_is_the_one_that_is_tested() -> None:
    told = (ROOT / "docs" / "judges.md").read_text()
    assert "\n".join(table.lines()) in told
