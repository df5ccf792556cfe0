"""How far a job is and how fast it goes, in words."""

from __future__ import annotations

from pakta.jobs import rules
from pakta.jobs.models import Job
from pakta.web import clock, display


def counted(job: Job) -> str:
    """Return how far a job is, in numbers."""
    return f"{display.number(job.done)} dari {display.number(job.total)}"


def pace(job: Job) -> str:
    """Return how fast a job goes and how long it takes yet; empty before that can be said."""
    found = rules.pace(
        made=job.made, failed=job.failed, costly=job.costly, started_at=job.started_at, now=clock.now()
    )
    if found is None or not job.is_open or job.trouble or job.cancel_at:
        return ""
    rate = f"{found.rate:.1f}".replace(".", ",")
    minutes = round(found.left / 60)
    left = f"kira-kira {display.number(minutes)} menit lagi" if minutes else "kurang dari satu menit lagi"
    return f"{rate} per detik, {left}"
