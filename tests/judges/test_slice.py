"""A few sealed documents before the judges that are at hand: all believe them, none a changed byte that is signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from pakta.core.errors import Refusal
from pakta.keyring import Keyring
from pakta.verification import pdf
from tests.attacks import scene
from tests.attacks.scene import Scene
from tests.judges import bench, regions
from tests.judges.bench import Judge
from tests.judges.regions import BLIND
from tests.judges.report import Report

SEED = 20261126


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, keys_dir: Path, keys: Keyring
) -> Iterator[Scene]:
    """Make documents of a small city."""
    folder = tmp_path_factory.mktemp("judges")
    with scene.standing(folder, template=sqlite_template, keys_dir=keys_dir, keys=keys) as built:
        yield built


@pytest.fixture(scope="module")
def judges(made: Scene, tmp_path_factory: pytest.TempPathFactory) -> Sequence[Judge]:
    """Give the judges that need nothing but what the tests need."""
    pem, root = tmp_path_factory.mktemp("root") / "root.pem", made.seal.roots[0]
    pem.write_bytes(root.public_bytes(Encoding.PEM))
    return (
        bench.ours(made.city.wired.config),
        bench.pdfsig(None, (*BLIND["pdfsig"], regions.CMS_OWN)),  # without a root it judges no certificate
        bench.openssl(pem, BLIND["openssl"]),
        bench.pyhanko_library(root, BLIND["pyhanko"]),
    )


def written(folder: Path, contents: Sequence[bytes]) -> list[Path]:
    """Write files down and return where."""
    paths = [folder / f"{at:03}.pdf" for at in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


def test_every_judge_believes_every_document(made: Scene, judges: Sequence[Judge], tmp_path: Path) -> None:
    paths = written(tmp_path, [made.lembar, made.berkas, made.joko, made.nameless])
    assert {judge.name: judge.ask(paths) for judge in judges} == {judge.name: [""] * 4 for judge in judges}


def test_no_judge_believes_a_changed_byte_but_where_it_is_blind_and_ours_is_blind_nowhere(
    made: Scene, judges: Sequence[Judge], tmp_path: Path
) -> None:
    changed = list(regions.changes(made.lembar, of_each=2, anywhere=6, random=Random(SEED)))
    paths, report = written(tmp_path, [content for _, content in changed]), Report()
    for judge in judges:
        report.changed(judge.name, [region for region, _ in changed], judge.ask(paths), judge.blind)
    assert report.wrong == []
    assert sum(report.refused[judges[0].name].values()) == len(changed)
    assert judges[0].blind == frozenset()


def test_the_regions_cover_every_byte_once_and_none_is_empty(made: Scene) -> None:
    for content in (made.lembar, made.berkas, made.nameless):
        found = regions.of(content)
        assert sorted(at for places in found.values() for at in places) == list(range(len(content)))
        assert len(found) == 18 and all(found.values())


def test_a_changed_letter_of_the_seal_that_means_the_same_is_refused_by_ours_alone(
    made: Scene, judges: Sequence[Judge], tmp_path: Path
) -> None:
    """`3A` and `3a` are one byte of the CMS, and two files."""
    changes = regions.changes(made.lembar, of_each=2, anywhere=0, random=Random(SEED))
    (first, *_) = [content for region, content in changes if region == regions.OTHER_CASE]
    ours, *others = (judge.ask(written(tmp_path, [first]))[0] for judge in judges)
    assert "PDF_CHANGED" in ours and others[1:] == ["", ""]


@pytest.mark.parametrize(("answer", "blamed"), [("", 3), ("no", 2)], ids=["believes all", "refuses all"])
def test_a_judge_that_says_always_the_same_is_named(answer: str, blamed: int) -> None:
    report = Report()
    report.good("a judge", ["a.pdf", "b.pdf"], [answer] * 2)
    report.changed("a judge", ["header", "xref", "trailer", "zeros"], [answer] * 4, frozenset({"zeros"}))
    assert len(report.wrong) == blamed


def test_a_judge_that_answers_too_little_is_named() -> None:
    report = Report()
    report.good("a judge", ["a.pdf", "b.pdf"], [""])
    report.changed("a judge", ["header", "xref"], ["no"], frozenset())
    assert report.wrong == ["a judge answered 1 of 2"] * 2


def test_a_judge_that_breaks_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="a judge"):
        bench.program("a judge", "1", ["python3", "-c", "1 / 0"]).ask([tmp_path / "a.pdf"])


def test_a_changed_byte_all_over_a_document_is_refused_by_ours(made: Scene) -> None:
    """Every 400th here; `make judges` changes every one."""
    random = Random(SEED)
    for at in range(0, len(made.berkas), 400):
        with pytest.raises(Refusal):
            pdf.read(regions.flipped(made.berkas, at, random.randrange(8)), trust_roots=made.seal.roots)
    assert pdf.read(made.berkas, trust_roots=made.seal.roots).evidence
