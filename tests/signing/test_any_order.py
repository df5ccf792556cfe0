"""Moves, corrections, signings and revocations in any order, through the services: the counters equal a recount."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import func, select

from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.roster import counters
from pakta.roster.models import CounterSigned, Unit
from pakta.signing import service
from pakta.web import clock
from tests.people import City
from tests.signing.test_again import corrected, findings, imported, placed

NAMES = ("Siti Lestari", "Siti Lestari, S.Pd.")
HOMES = ("sdn-kranggan-1", "smpn-1", "dinkes")
OPERATIONS = 45


class Story:
    """What siti's pact should come to, told without the tables: how she is called and where she stands."""

    def __init__(self) -> None:
        self.name, self.unit = NAMES[0], HOMES[0]
        self.signed: tuple[str, str] | None = None

    @property
    def counts(self) -> bool:
        """Say whether she counts as signed: the unit decides, the name does not."""
        return self.signed is not None and self.signed[1] == self.unit

    @property
    def may_sign(self) -> bool:
        """Say whether she may sign: for the first time, or because something is not as it was signed."""
        return self.signed != (self.name, self.unit)


@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_order_of_changes_the_counters_and_who_is_asked_are_right(city: City, seed: int) -> None:
    city.activate("ani")
    random, story = Random(seed), Story()
    acts = {"sign": _sign, "correct": _correct, "move": _move, "import": _import, "revoke": _revoke}
    for _ in range(OPERATIONS):
        acts[random.choice(list(acts))](city, story, random)
        with city.app.app_context():
            assert counters.check(db.session()) == []
            sums = select(func.coalesce(func.sum(CounterSigned.signed), 0)).join(
                Unit, Unit.id == CounterSigned.unit_id
            )
            assert db.session().execute(sums.where(Unit.parent_id.is_(None))).scalar_one() == story.counts
            asked = service.asked_again(db.session(), person=city.person("siti"), now=clock.now())
            assert (asked is not None) == (story.signed is not None and story.may_sign)
    assert findings(city) == []


def _sign(city: City, story: Story, _random: Random) -> None:
    if story.may_sign:
        city.sign("siti")
        story.signed = (story.name, story.unit)
        return
    with pytest.raises(Refusal) as refusal:
        city.sign("siti")
    assert refusal.value.reason is Reason.SUDAH_MENANDATANGANI


def _correct(city: City, story: Story, _random: Random) -> None:
    story.name = NAMES[story.name == NAMES[0]]
    corrected("name", story.name)(city)


def _move(city: City, story: Story, random: Random) -> None:
    story.unit = random.choice(HOMES)
    placed(story.unit)(city)


def _import(city: City, story: Story, random: Random) -> None:
    story.name = random.choice(NAMES)
    imported(name=story.name, rank=random.choice(("Penata, III/c", "Penata, III/d")))(city)


def _revoke(city: City, story: Story, _random: Random) -> None:
    if story.signed is None:
        return
    with city.app.app_context(), transaction() as session:
        row = certificates.standing(session, person_id=city.person("siti").id, edition_code="ASN-2026")
        assert row is not None
        certificates.change_status(
            session, row=row, status=Status.REVOKED, reason=ReasonClass.ADMINISTRATIVE, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    story.signed = None
