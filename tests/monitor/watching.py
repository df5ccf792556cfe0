"""Letting the monitor run once over a town, as the command does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pakta.monitor import service
from pakta.monitor.service import Report, Wishes
from pakta.monitor.site import Site
from tests.monitor.town import Town


def watch(town: Town, path: Path, *, patience: float = 20.0, **wishes: object) -> Report:
    """Return the report of one run with the state at `path`; waits for nothing."""
    site = Site(town.origin, patience=patience)
    try:
        return service.once(
            site, path=path, wishes=Wishes(**wishes), now=datetime.now(UTC), pause=lambda: None,  # type: ignore[arg-type]
        )  # fmt: skip
    finally:
        site.close()


def words(report: Report) -> set[str]:
    """Return the words of what was found."""
    return {str(each.word) for each in report.findings}
