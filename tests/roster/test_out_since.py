"""Whoever was in the sums at a moment and is out of them now is counted once, whatever statuses lie between."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pakta.database import transaction
from pakta.roster import asks, counters, moving, rules, units
from pakta.roster.models import Person, PersonMove, SignedPerson
from tests.roster.conftest import NOW
from tests.roster.test_counters import take

WHOLE_ON_POSTGRESQL = True

ASKED = asks.of_editions({"ASN-1": ("pns",)})
BEFORE, AFTER = 2, 4  # changes of status before the moment and since
SIGNING = BEFORE + 1  # who signs does after this change
SINCE = NOW + (BEFORE + 1) * timedelta(days=1) - timedelta(hours=1)
STATUS = st.sampled_from(rules.STATUSES)
WALK = st.tuples(st.booleans(), st.lists(STATUS, min_size=BEFORE + AFTER, max_size=BEFORE + AFTER))


def out(*, signs: bool, walk: list[str]) -> bool:
    """Say what the rule must find at least of one person: in the sums at the moment, out of them now."""
    signed = signs and not any(status in rules.LEFT for status in walk[SIGNING:-1])
    away = walk[-1] in rules.AWAY and not signed
    return walk[BEFORE - 1] == rules.ACTIVE and (walk[-1] in rules.LEFT or away)


def passed(*, signs: bool, walk: list[str]) -> bool:
    """Say what it finds at most: who was in the sums, or had not left, at any time since and is out of them now."""
    if walk[-1] == rules.ACTIVE:
        return False
    left = walk[-1] in rules.LEFT and any(status not in rules.LEFT for status in walk[BEFORE - 1 :])
    return left or any(status == rules.ACTIVE for status in walk[BEFORE - 1 :])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walks=st.lists(WALK, min_size=1, max_size=30))
@example(walks=[(False, ["aktif", "aktif", "mutasi", "cuti", "cuti", "cuti"])])
@example(walks=[(True, ["aktif", "aktif", "aktif", "mutasi", "cuti", "tugas belajar"])])
@example(walks=[(False, ["aktif", "aktif", "cuti", "mutasi", "cuti", "pensiun"])])
def test_no_walk_of_statuses_takes_anybody_out_of_the_sums_uncounted(
    session: Session, walks: list[tuple[bool, list[str]]]
) -> None:
    with transaction() as writing:
        for table in (SignedPerson, PersonMove, Person):
            writing.execute(delete(table))
        counters.rebuild(writing, now=NOW)
        take(writing, *(f"198609262015051{at:03},pns,Orang {at},,,setda,aktif,," for at in range(1, len(walks) + 1)))
        people = writing.scalars(select(Person).order_by(Person.id)).all()
        ids = [person.id for person in people]
        unit = units.by_code(writing, code="setda")
        assert unit is not None
        for step in range(BEFORE + AFTER):
            now = NOW + (step + 1) * timedelta(days=1)
            places = zip(ids, (walk[step] for _, walk in walks), strict=True)
            wanted = {key: moving.Place(unit.id, unit.path, status) for key, status in places}
            moving.move(writing, wanted=wanted, how=moving.How.IMPORT, account_id=None, now=now)
            for key, (signs, _) in zip(ids, walks, strict=True):
                if step == SIGNING and signs:
                    person = writing.get_one(Person, key)
                    counters.mark_signed(writing, person=person, edition_code="ASN-1", now=now + timedelta(hours=1))
    found = moving.out_since(session, within=unit, since=SINCE, asked=ASKED).total()
    least = sum(out(signs=signs, walk=walk) for signs, walk in walks)
    most = sum(passed(signs=signs, walk=walk) for signs, walk in walks)
    assert least <= found <= most
