"""What the cases are made of: a city, its heirs and its rivals, each piece signed once and by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property

from pakta.core import credential, keyset
from pakta.core import policy as policies
from pakta.core.keyset import Compromise
from pakta.core.policy import Policy
from tests.verdicts.case import Case
from tests.verdicts.seeded import BEHIND, SIZE, STATUS, SeededCity, SeededIssuer, SeededWitness, tiles_of
from tests.verification.paper import NOW, City

AT = int(NOW.timestamp())
HOUR = 3600
VALUES = {"valid": 0, "revoked": 1, "suspended": 2, "value 3": 3}
ISSUED = {"fresh": AT - 60, "stale": AT - 49 * HOUR, "of tomorrow": AT + 24 * HOUR}
CLOCKS = {"now": NOW, "after its end": NOW + timedelta(days=6 * 365), "before its beginning": NOW - timedelta(days=1)}


class World:
    """Every piece by its name; a piece is signed when it is first asked for."""

    def __init__(self, seed: str, origin: str) -> None:
        self.seed, self.origin = seed, origin
        self.city = SeededCity(seed, origin)
        self.heir = City(SeededIssuer(f"{seed} heir"), self.city.ledger_key, self.city.entries, origin)
        self.fork = self.city.forked()
        self.stranger = SeededCity(f"{seed} stranger", origin)
        self.one, self.two, self.three = (
            SeededWitness(f"saksi-{name}.contoh.go.id", seed) for name in ("satu", "dua", "tiga")
        )
        self.made: dict[tuple[str, ...], bytes | None] = {}

    def once(self, *name: str, make: Callable[[], bytes | None]) -> bytes | None:
        """Return the piece of this name, made once."""
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    @cached_property
    def two_of_three(self) -> Policy:
        """Return a policy under which two of three witnesses must have cosigned."""
        known = "".join(f"witness w{at} {each.vkey}\n" for at, each in enumerate((self.one, self.two, self.three)))
        return policies.parse(f"{known}group g 2 w0 w1 w2\nquorum g\n".encode())

    @cached_property
    def endorsed(self) -> dict[bytes, bytes]:
        """Return the word of the certificate's key for the one that takes its place."""
        own, successor = self.city.issuer, self.heir.issuer
        word = keyset.endorse(successor=successor.public, host=self.city.host, kid=own.kid, sign=own.sign)
        return {successor.kid: word}

    def lost(self, what: Compromise) -> bytes:
        """Return a key set that says this of the key that signed the certificate."""
        gone = {self.city.issuer.kid: what}
        return self.heir.key_set(version=4, others=(self.city.issuer,), compromised=gone, endorsements=self.endorsed)

    @cached_property
    def key_sets(self) -> dict[str, bytes | None]:
        """Return the key sets by what they say of the key that signed the certificate."""
        city, heir, words, lost = self.city, self.heir, self.endorsed, self.lost
        other_root = replace(city.compromise(SIZE - 10), root=bytes(32))
        return {
            "its key": city.key_set(),
            "its key, an older one": heir.key_set(version=4, others=(city.issuer,), endorsements=words),
            "its key unknown": heir.key_set(version=4),
            "its key lost later": lost(city.compromise(SIZE - 10)),
            "its key lost before": lost(city.compromise(BEHIND)),
            "its key lost, another root": lost(other_root),
            "no key set": None,
        }

    @cached_property
    def ledgers(self) -> dict[str, tuple[City | None, int, dict[str, bytes]]]:
        """Return whose head is served, of which size, with which tiles."""
        own = self.city.tiles
        return {
            "in the ledger": (self.city, SIZE, own),
            "ledger behind": (self.city, BEHIND, own),
            "no ledger": (None, 0, own),
            "no tiles": (self.city, SIZE, {}),
            "forked ledger": (self.fork, SIZE, tiles_of(self.fork)),
            "forked head, own tiles": (self.fork, SIZE, own),
        }

    def head(self, ledger: str, witnesses: str) -> bytes | None:
        """Return a signed head with as many cosignatures."""
        city, size, _ = self.ledgers[ledger]
        if city is None:
            return None
        who = {"nobody asked": (), "witnessed": (self.one, self.three), "waiting": (self.two,)}[witnesses]
        return self.once(ledger, witnesses, make=lambda: city.cosigned(*who, size=size))

    def token(self, keys: str, value: str, issued: str) -> bytes | None:
        """Return a status list, signed by the key of the present key set; both certificates have this value."""
        signer = self.city if keys == "its key" else self.heir
        places = {STATUS: VALUES[value], STATUS + 1: VALUES[value]}
        if issued == "no list":
            return None
        name = "city" if signer is self.city else "heir"
        return self.once(name, value, issued, make=lambda: signer.status_list(places, issued_at=ISSUED[issued]))

    def address(self, raw: bytes) -> str:
        """Return the address that a QR with this credential holds."""
        return credential.to_address(raw, origin=self.origin)

    def case(
        self, name: str, word: str, reason: str | None, *, keys: str = "its key", ledger: str = "in the ledger",
        witnesses: str = "nobody asked", value: str = "valid", issued: str = "fresh", clock: str = "now",
        certificate: str = "with a name", **changes: object,
    ) -> Case:  # fmt: skip
        """Return a case of named pieces, good unless told otherwise; `changes` put other bytes in their places."""
        raw = self.city.named if certificate == "with a name" else self.city.nameless
        now: datetime = CLOCKS[clock]
        made = Case(
            name, word, reason, self.address(raw), self.origin, self.key_sets[keys], self.token(keys, value, issued),
            self.head(ledger, witnesses), self.ledgers[ledger][2], now,
            None if witnesses == "nobody asked" else self.two_of_three,
        )  # fmt: skip
        return replace(made, **changes)  # type: ignore[arg-type]
