"""The monitor against a real city, served by HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pakta.monitor import service
from pakta.monitor.service import Report, Wishes
from pakta.monitor.site import Site
from tests.people import City


def watch(city: City, path: Path, **wishes: object) -> Report:
    """Let the monitor run once."""
    site = Site(city.wired.config.origin)
    try:
        return service.once(
            site, path=path, wishes=Wishes(**wishes), now=datetime.now(UTC), pause=city.settle,  # type: ignore[arg-type]
        )  # fmt: skip
    finally:
        site.close()


def test_an_honest_city_agrees_and_the_next_run_reads_only_what_is_new(served: City, tmp_path: Path) -> None:
    served.sign("siti")
    served.sign("agus")
    path = tmp_path / "state.json"
    first = watch(served, path)
    assert (first.findings, first.first, first.trust) == ([], 0, "site")
    assert first.kinds[1] == 2 and first.kinds[2] == 2
    served.sign("joko")
    second = watch(served, path)
    assert (second.findings, second.trust) == ([], "state")
    assert first.head is not None and second.first == first.head.size
    assert second.kinds[1] == 3
