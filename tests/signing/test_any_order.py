"""Moves, leaves, returns, corrections, signings and changes of status in any order: the counters equal a recount."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select

from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.roster import counters
from pakta.roster.models import CounterSigned, Unit
from pakta.roster.rules import ACTIVE, LEFT
from pakta.signing import service
from pakta.web import clock
from tests.people import City
from tests.signing.test_again import corrected, findings, imported, placed

WHOLE_ON_POSTGRESQL = True

NAMES = ("Siti Lestari", "Siti Lestari, S.Pd.")
HOMES = ("sdn-kranggan-1", "smpn-1", "dinkes")
OPERATIONS = 36


class Story:
    """What siti's pact should come to, told without the tables: her name, her unit, whether she works, her pact."""

    def __init__(self) -> None:
        self.name, self.unit, self.work = NAMES[0], HOMES[0], ACTIVE
        self.signed: tuple[str, str] | None = None
        self.suspended = self.returned = False

    @property
    def counts(self) -> bool:
        """Say whether she counts as signed: unit and work decide, the name does not."""
        signed_here = self.signed is not None and self.signed[1] == self.unit
        return signed_here and not self.suspended and self.work == ACTIVE

    @property
    def asked(self) -> bool:
        """Say whether she is asked to sign again: something is not as it was signed, or she left and came back."""
        if self.signed is None or self.suspended or self.work in LEFT:
            return False
        return self.returned or self.signed != (self.name, self.unit)

    @property
    def refused(self) -> Reason | None:
        """Return why she may not sign now, or None."""
        if self.work in LEFT:
            return Reason.PERSON_NOT_ACTIVE
        return None if self.signed is None or self.asked else Reason.SUDAH_MENANDATANGANI


@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_order_of_changes_the_counters_and_who_is_asked_are_right(
    city: City, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.activate("ani")
    random, story, begun = Random(seed), Story(), clock.now()
    acts = {
        "sign": _sign, "correct": _correct, "move": _move, "import": _import, "revoke": _revoke, "suspend": _suspend,
        "reinstate": _reinstate, "retire": _retire, "return": _return, "leave": _leave,
    }  # fmt: skip
    order = random.sample([*acts, "sign"] * 4, OPERATIONS)
    for step, act in enumerate(order):
        monkeypatch.setattr(clock, "now", lambda step=step: begun + timedelta(seconds=step))
        acts[act](city, story, random)
        with city.app.app_context():
            assert counters.check(db.session()) == [], order[: step + 1]
            sums = select(func.coalesce(func.sum(CounterSigned.signed), 0)).join(
                Unit, Unit.id == CounterSigned.unit_id
            )
            counted = db.session().execute(sums.where(Unit.parent_id.is_(None))).scalar_one()
            assert counted == story.counts, order[: step + 1]
            asked = service.asked_again(db.session(), person=city.person("siti"), now=clock.now())
            assert (asked is not None) == story.asked, order[: step + 1]
    assert findings(city) == []


def _sign(city: City, story: Story, _random: Random) -> None:
    if story.refused is None:
        city.sign("siti")
        story.signed, story.returned = (story.name, story.unit), False
        return
    with pytest.raises(Refusal) as refusal:
        city.sign("siti")
    assert refusal.value.reason is story.refused


def _correct(city: City, story: Story, _random: Random) -> None:
    story.name = NAMES[story.name == NAMES[0]]
    corrected("name", story.name)(city)


def _move(city: City, story: Story, random: Random) -> None:
    story.unit = random.choice(HOMES)
    placed(story.unit)(city)


def _import(city: City, story: Story, random: Random) -> None:
    story.name = random.choice(NAMES)
    imported(name=story.name, rank=random.choice(("Penata, III/c", "Penata, III/d")))(city)


def _retire(city: City, story: Story, _random: Random) -> None:
    _work(city, story, "pensiun")


def _return(city: City, story: Story, _random: Random) -> None:
    _work(city, story, ACTIVE)


def _leave(city: City, story: Story, _random: Random) -> None:
    _work(city, story, "cuti")


def _work(city: City, story: Story, status: str) -> None:
    placed(status=status)(city)
    came_back = story.work in LEFT and status not in LEFT
    story.work, story.returned = status, story.returned or (came_back and story.signed is not None)


def _revoke(city: City, story: Story, _random: Random) -> None:
    if story.signed is not None:
        _change(city, Status.REVOKED)
    story.signed, story.suspended, story.returned = None, False, False


def _suspend(city: City, story: Story, _random: Random) -> None:
    if story.signed is not None and not story.suspended:
        _change(city, Status.SUSPENDED)
        story.suspended = True


def _reinstate(city: City, story: Story, _random: Random) -> None:
    if story.suspended:
        _change(city, Status.VALID)
        story.suspended = False


def _change(city: City, status: Status) -> None:
    with city.app.app_context(), transaction() as session:
        row = certificates.standing(session, person_id=city.person("siti").id, edition_code="ASN-2026")
        assert row is not None
        certificates.change_status(
            session, row=row, status=status, reason=ReasonClass.ADMINISTRATIVE, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
