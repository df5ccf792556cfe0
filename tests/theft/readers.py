"""Who looks at what a thief did: each reader returns what it has to say, nothing where nothing is wrong.

And how each of their checks is skipped: the planted twins.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Select, select

from pakta.certificates import publishing
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.core import credential, evidence
from pakta.core.errors import Refusal
from pakta.core.verdict import GOOD, Mark, Verdict
from pakta.database import db
from pakta.ledger import locks
from pakta.ledger.models import Entry
from pakta.verification import document, service
from pakta.verification.document import Place
from pakta.web import clock
from tests.theft.booty import Thief

Patch = pytest.MonkeyPatch
Said = list[str]


def of_evidence(thief: Thief, shown: Any) -> Said:
    """Read evidence as any program would that has nothing but the core."""
    config = thief.config
    try:
        evidence.verify(shown, relying_party=config.relying_party, origins=(config.origin,))
    except Refusal as refusal:
        return [refusal.reason.value]
    return []


def of_ledger(thief: Thief, _shown: Any) -> Said:
    """Run `ledger check` over the copy, on which a careful thief has put the locks again."""
    with db.engine.connect() as connection:
        _lock(connection)
    return thief.world.findings()


def of_paper(thief: Thief, shown: Any) -> Said:
    """Examine a sealed file; return what speaks against it beside the verdict, which wants its witnesses."""
    row = publishing.newest_key_set(thief.session)
    place = Place(
        origin=thief.config.origin, relying_party=thief.config.relying_party, key_set=row.text if row else None,
        roots=thief.keyring.seal.roots,
    )  # fmt: skip
    (found,) = document.examine(
        shown, place=place, judge=lambda address: judged(thief, address, witnessed=False), now=clock.now()
    )
    told = [text for mark, text in found.facts if mark == Mark.NO]
    return told if found.verdict.good else [*told, str(found.verdict.word)]


def of_qr(thief: Thief, shown: Any) -> Said:
    """Verify what the QR holds, under the policy; return why it is not SAH."""
    verdict = judged(thief, shown)
    return [] if verdict.word in GOOD else [f"{verdict.word} {verdict.reason}"]


def of_owner(thief: Thief, shown: Any) -> Said:
    """Let a person open the page with all keys in their name; return those that it shows beside their own."""
    thief.world.keys = dict(thief.scene.city.keys)
    page = thief.world.visitor(shown).get("/akun").get_data(as_text=True)
    mine = thief.key(shown).thumbprint
    others = {each.thumbprint for each in thief.keys(shown)} - {mine}
    assert mine in page
    return [f"another key: {each}" for each in others if each in page]


def judged(thief: Thief, address: str, *, witnessed: bool = True) -> Verdict:
    """Return the verdict by the copy as it is served; where it has no witnessed head, by the newest one."""
    config = thief.config if witnessed else replace(thief.config, policy=None)
    return service.verdict_for_address(thief.session, address=address, config=config, now=clock.now())


def address(thief: Thief, row: IssuedCredential) -> str:
    """Return what stands in a certificate's QR."""
    return certificates.address(row, config=thief.config)


def renamed(thief: Thief, row: IssuedCredential, name: str) -> bytes:
    """Sign a certificate once more with another name, as the issuer's key allows."""
    claims = replace(credential.parse(row.cose or b"").claims, name=name)
    issuer = thief.keyring.issuer
    signed = credential.to_be_signed(claims, kid=issuer.kid)
    return credential.assemble(claims, kid=issuer.kid, signature=issuer.sign(signed))


class Alike:
    """Is the same as everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


def silent(path: str) -> Callable[[Patch], None]:
    """Let a check find nothing."""
    return lambda patch: patch.setattr(path, lambda *_, **__: iter(()))


def believing(path: str) -> Callable[[Patch], None]:
    """Let a check refuse nothing."""
    return lambda patch: patch.setattr(path, lambda *_, **__: None)


def any_enrolment(patch: Patch) -> None:
    """Compare an enrolment record with nothing."""
    alike: Any = Alike()
    patch.setattr(evidence, "parse_enrolment", lambda _: evidence.Enrolment(alike, alike, "slip"))


def any_thumbprint(patch: Patch) -> None:
    """Compare the key that signed with nothing."""
    patch.setattr("pakta.core.signature.thumbprint", lambda _: Alike())


def any_of_passkey(name: str, value: Callable[[Any], object]) -> Callable[[Patch], None]:
    """Expect of an assertion whatever it says itself."""
    from pakta.core import passkey

    def skip(patch: Patch) -> None:
        real = passkey.verify_authentication_response

        def verify(**given: Any) -> object:
            said = passkey.json.loads(given["credential"].response.client_data_json)
            return real(**given | {name: value(said)})

        patch.setattr(passkey, "verify_authentication_response", verify)

    return skip


def any_assertion(patch: Patch) -> None:
    """Do not check the signature of an assertion."""
    module = sys.modules["webauthn.authentication.verify_authentication_response"]
    patch.setattr(module, "verify_signature", lambda **_: None)


def any_place(patch: Patch) -> None:
    """Do not look for an entry in the tree."""
    patch.setattr("pakta.core.verdict.merkle.verify_inclusion", lambda **_: None)


def any_witness(patch: Patch) -> None:
    """Ask for no witness."""
    patch.setattr("pakta.core.verdict._witnesses", lambda *_: None)


def oldest_key_only(patch: Patch) -> None:
    """Show a person their first key alone."""
    from pakta.accounts import keys
    from pakta.accounts import service as accounts

    patch.setattr(accounts, "keys_of", lambda session, person: keys.of_person(session, person=person)[-1:])


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execution_options(writing=True)
    locks.lock(connection)
    connection.commit()


def all_entries() -> Select[Any]:
    """Ask for every entry of the ledger."""
    return select(Entry.entry)
