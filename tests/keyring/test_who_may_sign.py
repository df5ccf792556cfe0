"""Which of the issuer's keys may sign, where the folder of keys knows less than the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pakta.certificates import issuing
from pakta.core.errors import Reason, Refusal
from pakta.core.keyset import Compromise
from pakta.database import transaction
from pakta.keyring import IssuerKey, Keyring
from pakta.keyring.ring import History, Issuers
from pakta.web import clock
from tests.keyring.house import House

MARK = Compromise("2026-11-01T00:00:00Z", 1, bytes(32))
PLACES = (issuing.key, issuing.key_to_publish_with)
Place = Callable[..., IssuerKey]


def as_in(house: House, issuers: Issuers) -> Keyring:
    """Return the house's keys, the issuer's as they lie in another folder."""
    return replace(house.wired.keyring, issuers=issuers, read_issuers=lambda: issuers)


def asked(house: House, place: Place, keyring: Keyring) -> IssuerKey:
    """Ask for the key that signs."""
    with house.app.app_context(), transaction() as session:
        return place(session, keyring=keyring)


def assert_replaced(house: House, place: Place, keyring: Keyring) -> None:
    with pytest.raises(Refusal) as refused:
        asked(house, place, keyring)
    assert refused.value.reason is Reason.ISSUER_REPLACED


@pytest.fixture
def settled(house: House) -> House:
    """Give a house with a key set."""
    house.settle()
    return house


@pytest.mark.parametrize("place", PLACES)
def test_a_key_that_is_marked_as_lost_signs_nothing_more(settled: House, place: Place) -> None:
    own = settled.wired.keyring
    assert asked(settled, place, own).kid == own.issuer.kid
    marked = replace(own.issuers, history=replace(own.issuers.history, compromised={own.issuer.kid: MARK}))
    assert_replaced(settled, place, as_in(settled, marked))


@pytest.mark.parametrize("place", PLACES)
def test_the_earlier_of_two_keys_signs_nothing_also_where_the_later_one_is_known(
    settled: House, place: Place
) -> None:
    own = settled.wired.keyring
    earlier = own.issuers.present
    settled.run("keys", "rotate")
    own.reload()
    assert own.issuers.present.kid != earlier.kid and settled.key_set().signer == own.issuers.present.kid
    assert asked(settled, place, own).kid == own.issuers.present.kid
    assert_replaced(settled, place, as_in(settled, replace(own.issuers, present=earlier)))
    assert_replaced(settled, place, as_in(settled, Issuers(earlier, History({earlier.kid: earlier.public_key}))))


def test_a_folder_that_forgot_a_lost_key_publishes_nothing(settled: House) -> None:
    own = settled.wired.keyring
    lost = own.issuers.present.kid
    settled.run("keys", "compromised", "--kid", lost.hex(), "--at", clock.now().isoformat())
    own.reload()
    assert asked(settled, issuing.key_to_publish_with, own).kid == own.issuers.present.kid != lost
    forgetful = replace(own.issuers, history=replace(own.issuers.history, compromised={}))
    assert_replaced(settled, issuing.key_to_publish_with, as_in(settled, forgetful))
