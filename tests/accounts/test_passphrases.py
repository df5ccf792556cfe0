"""What is stored of a passphrase: argon2id at the cost that was promised, and nothing of the passphrase."""

from __future__ import annotations

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from pakta.accounts import passphrases

OWN = "budi kelapa saruma teliko"


@pytest.mark.usefixtures("true_hashing")
def test_it_is_hashed_by_argon2id_with_19_mib_two_passes_and_one_lane() -> None:
    stored = passphrases.make(OWN, own=[])
    used = extract_parameters(stored)
    assert (used.type, used.memory_cost, used.time_cost, used.parallelism) == (Type.ID, 19 * 1024, 2, 1)
    assert "budi" not in stored
    assert passphrases.matches(OWN, stored)
    assert not passphrases.matches(OWN + "x", stored)


@pytest.mark.usefixtures("true_hashing")
def test_who_has_none_costs_as_much_as_who_has_one() -> None:
    used = extract_parameters(passphrases._nobody())
    assert used == extract_parameters(passphrases.make(OWN, own=[]))
    assert not passphrases.matches(OWN, None)
