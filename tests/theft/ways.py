"""Every way that such a thief has to reach (a) to (e) of the drill; what each leads to is in `drill`."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any, cast

from pakta.accounts.models import PersonKey
from pakta.certificates import publishing
from pakta.core import credential, ledgerentry, signature
from pakta.core import evidence as core_evidence
from pakta.core.ledgerentry import EntryKind
from pakta.database import transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey, SoftwarePasskey, base64url
from pakta.ledger import absences
from pakta.ledger import service as ledger
from pakta.web import clock
from tests.theft import readers
from tests.theft.booty import LONG_AGO, Thief, names_of

_ASSERTED = ("authenticatorData", "clientDataJSON", "signature")

# (a) a pact under an enrolled person's key: rini and ani have a key and have signed nothing


def random_signature(thief: Thief) -> bytes:
    """Hope."""
    return thief.claim("ani", proof={"signature": base64url(secrets.token_bytes(64))})


def signature_of_another_statement(thief: Thief) -> bytes:
    """Put the signature of joko's pact under another statement of his."""
    signed = core_evidence.parse(thief.evidence("joko")).proof["signature"]
    return thief.claim("joko", proof={"signature": base64url(signed)})


def exchanged_key(thief: Thief) -> bytes:
    """Sign ani's statement with a key of one's own, and show that key."""
    own, text = SoftwareDeviceKey(), thief.statement("ani")
    return thief.claim("ani", statement=text, proof=own.proof(text), jwk=own.jwk)


def own_key_with_her_enrolment(thief: Thief) -> bytes:
    """Name one's own key in ani's statement, and show the enrolment of hers."""
    own = SoftwareDeviceKey()
    text = thief.statement("ani", key=signature.thumbprint(own.jwk))
    return thief.claim("ani", statement=text, proof=own.proof(text), jwk=own.jwk)


def joko_signs_as_ani(thief: Thief) -> bytes:
    """Present what joko's key signed as ani's: an accomplice's true key, enrolled under another number."""
    joko = thief.key("joko")
    text = thief.statement("ani", key=joko.thumbprint)
    held = thief.scene.city.keys["joko"][2]
    return thief.claim("joko", statement=text, proof=held.proof(text))


def assertion_of_a_sign_in(thief: Thief) -> bytes:
    """Choose the challenge of rini's sign-in so that her answer shall pass for a signature (decision 0011)."""
    text, held = thief.statement("rini"), _passkey(thief, "rini")
    answer = held.sign_in({"challenge": base64url(hashlib.sha256(text).digest())})["response"]
    return thief.claim("rini", statement=text, proof={name: answer[name] for name in _ASSERTED})


def assertion_of_an_own_passkey(thief: Thief) -> bytes:
    """Sign rini's statement with a passkey of one's own, and show hers."""
    text = thief.statement("rini")
    own = SoftwarePasskey(thief.config.relying_party, thief.config.origin)
    return thief.claim("rini", statement=text, proof=own.proof(text))


def assertion_made_elsewhere(thief: Thief) -> bytes:
    """Lure rini to another port of the host, where her authenticator answers what the thief asks."""
    text, held = thief.statement("rini"), _passkey(thief, "rini")
    honest, held.origin = held.origin, "http://localhost:1"
    try:
        return thief.claim("rini", statement=text, proof=held.proof(text))
    finally:
        held.origin = honest


def certificate_without_evidence(thief: Thief) -> None:
    """Issue and enter a certificate in ani's name: the issuer's key suffices for that."""
    thief.issue("ani", None)


def certificate_with_false_evidence(thief: Thief) -> None:
    """Do so, and store evidence that looks like some."""
    thief.issue("ani", random_signature(thief))


def berkas_of_someone_else(thief: Thief) -> bytes:
    """Issue a certificate in ani's name over joko's evidence."""
    made = thief.evidence("joko")
    thief.withdraw("joko")
    row = thief.issue("ani", made, key=thief.key("joko"))
    return thief.berkas(row, made)


def berkas_with_other_evidence(thief: Thief) -> bytes:
    """Seal siti's evidence into the file of a certificate in her name that was issued for no evidence."""
    made = thief.evidence("siti")
    thief.withdraw("siti")
    return thief.berkas(thief.issue("siti", None), made)


# (b) back-dating


def pact_of_long_ago(thief: Thief) -> None:
    """Let an accomplice sign today, with their own key, a pact of two days ago; the thief rewrites our own times."""
    back_dated(thief)


def pact_of_long_ago_with_other_times(thief: Thief) -> None:
    """Rewrite the times of the witnesses' words, too, which they signed."""
    back_dated(thief)
    earlier = thief.world.certificate("rini").issued_at - timedelta(days=1)
    thief.run("UPDATE ledger_cosignatures SET cosigned_at = :at", at=_stored(thief, earlier))


def pact_of_long_ago_without_their_words(thief: Thief) -> None:
    """Take the witnesses' words away, so that nothing says when their heads were seen."""
    back_dated(thief)
    thief.run("DELETE FROM ledger_cosignatures")


def other_date_on_a_true_pact(thief: Thief) -> bytes:
    """Issue siti's true pact anew with a date of two days ago, and make her berkas of it."""
    made = thief.evidence("siti")
    thief.withdraw("siti")
    return thief.berkas(thief.issue("siti", made, at=clock.now() - LONG_AGO), made)


def other_date_in_the_tables(thief: Thief) -> None:
    """Do so, and leave it in the tables."""
    other_date_on_a_true_pact(thief)


# (c) removing


def removed_rows(thief: Thief) -> None:
    """Take siti's pact out of the tables."""
    thief.withdraw("siti")


def removed_rows_and_payload(thief: Thief) -> None:
    """Take what its entry is the hash of, too."""
    index = thief.certificate("siti").ledger_index
    thief.withdraw("siti")
    thief.run('DELETE FROM ledger_payloads WHERE "index" = :at', at=index)


def removed_as_if_erased(thief: Thief) -> None:
    """Call that an erasure, without the pepper's mark."""
    index = thief.certificate("siti").ledger_index
    removed_rows_and_payload(thief)
    thief.run("""INSERT INTO ledger_absences ("index", cause) VALUES (:at, 'erased')""", at=index)


def removed_entry(thief: Thief) -> None:
    """Let another entry have stood in its place all along, and keep what the witnesses said."""
    index = thief.certificate("siti").ledger_index
    thief.withdraw("siti")
    thief.run('UPDATE ledger_entries SET entry = :new WHERE "index" = :at', new=_another(), at=index)


def removed_from_a_new_history(thief: Thief) -> str:
    """Sign a whole new history without it; siti shows her QR."""
    row = thief.certificate("siti")
    shown = readers.address(thief, row)
    thief.rewrite(row.ledger_index, _another())
    return shown


def revoked_quietly(thief: Thief) -> None:
    """Publish a status list that calls siti's certificate revoked, and enter no revocation."""
    quiet_status(thief, "siti")


# (d) exchanging two names


def exchanged_rows(thief: Thief) -> None:
    """Give siti's certificate to lina and lina's to siti."""
    siti, lina = (thief.world.person(who).id for who in ("siti", "lina"))
    rows = {who: thief.certificate(who).id for who in ("siti", "lina")}
    thief.run("UPDATE credentials SET edition_code = 'x' || edition_code WHERE id = :id", id=rows["siti"])
    thief.run("UPDATE credentials SET person_id = :who WHERE id = :id", who=siti, id=rows["lina"])
    thief.run(
        "UPDATE credentials SET person_id = :who, edition_code = substr(edition_code, 2) WHERE id = :id",
        who=lina, id=rows["siti"],
    )  # fmt: skip


def exchanged_evidence(thief: Thief) -> None:
    """Exchange the evidence below the two certificates."""
    siti, lina = thief.evidence("siti"), thief.evidence("lina")
    for held, other in ((siti, lina), (lina, siti)):
        sha256 = core_evidence.hash(held)
        thief.run("UPDATE evidence SET evidence = :new WHERE sha256 = :sha256", new=other, sha256=sha256)


def exchanged_name_in_the_qr(thief: Thief) -> str:
    """Sign siti's certificate with lina's name: its entry in the ledger is another."""
    made = readers.renamed(thief, thief.certificate("siti"), names_of("lina"))
    return credential.to_address(made, origin=thief.config.origin)


def exchanged_name_in_the_row(thief: Thief) -> None:
    """Store that."""
    row = thief.certificate("siti")
    made = readers.renamed(thief, row, names_of("lina"))
    signed = credential.parse(made).to_be_signed
    thief.run(
        "UPDATE credentials SET cose = :new, to_be_signed = :tbs WHERE id = :id", new=made, tbs=signed, id=row.id
    )


def exchanged_name_in_a_new_history(thief: Thief) -> None:
    """Sign a whole new history in which that is the entry."""
    row = thief.certificate("siti")
    index = row.ledger_index
    exchanged_name_in_the_row(thief)
    signed = thief.certificate("siti").to_be_signed
    thief.run('UPDATE ledger_payloads SET payload = :new WHERE "index" = :at', new=signed, at=index)
    thief.rewrite(index, ledgerentry.entry(EntryKind.CREDENTIAL, signed))


def exchanged_name_on_paper(thief: Thief) -> bytes:
    """Hand out the berkas of that history."""
    made = thief.evidence("siti")
    exchanged_name_in_a_new_history(thief)
    return thief.berkas(thief.certificate("siti"), made)


# (e) a second key


def second_key(thief: Thief, *, entered: bool = True) -> tuple[PersonKey, SoftwareDeviceKey]:
    """Enrol a key of one's own in ani's name; by default with its entry, as the ledger demands."""
    own = SoftwareDeviceKey()
    record = core_evidence.make_enrolment(
        number=thief.world.person("ani").number, key=signature.thumbprint(own.jwk), way="slip", earlier=None
    )
    with transaction() as session:
        place = ledger.append(session, kind=EntryKind.KEY_ENROLLED, payload=record, now=clock.now()) if entered else 1
        person = thief.world.person("ani")
        row = PersonKey(
            person_id=person.id, thumbprint=signature.thumbprint(own.jwk), method="device", jwk=own.jwk, way="slip",
            record=record, ledger_index=place, enrolled_at=clock.now(),
        )  # fmt: skip
        session.add(row)
    thief.world.settle()
    return row, own


def shown_second_key(thief: Thief) -> str:
    """Enrol it openly: ani looks at the keys in her name."""
    second_key(thief)
    return "ani"


def second_key_without_entry(thief: Thief) -> None:
    """Enrol it in the tables alone."""
    thief.run("UPDATE person_keys SET ledger_index = ledger_index")
    second_key(thief, entered=False)


def second_key_without_row(thief: Thief) -> None:
    """Enter it, and take its row away, so that ani does not see it."""
    row, _ = second_key(thief)
    thief.run("DELETE FROM person_keys WHERE thumbprint = :key", key=row.thumbprint)


def pact_before_its_key(thief: Thief) -> bytes:
    """Issue the pact first and enrol the key afterwards, where no monitor looks for it yet."""
    own = SoftwareDeviceKey()
    thumbprint = signature.thumbprint(own.jwk)
    record = core_evidence.make_enrolment(
        number=thief.world.person("ani").number, key=thumbprint, way="slip", earlier=None
    )
    text = thief.statement("ani", key=thumbprint)
    with transaction() as session:
        later = ledger.next_index(session) + 1
    made = thief.claim(
        "ani", statement=text, proof=own.proof(text), jwk=own.jwk, enrolment_record=record, enrolment_index=later
    )
    row = thief.issue("ani", made)
    with transaction() as session:
        ledger.append(session, kind=EntryKind.KEY_ENROLLED, payload=record, now=clock.now())
    thief.sign_anew()
    return thief.berkas(row, made)


def quiet_status(thief: Thief, who: str) -> None:
    """Publish a status list that calls a certificate revoked, and enter nothing but the list."""
    place = thief.certificate(who).status_index
    thief.run("UPDATE credentials SET status = 1 WHERE status_index = :place", place=place)
    with transaction() as session:
        publishing.publish_status_list(session, now=clock.now(), keyring=thief.keyring, config=thief.config)
    thief.run("UPDATE credentials SET status = 0 WHERE status_index = :place", place=place)
    thief.world.settle()


def removed_as_we_erase(thief: Thief, who: str) -> None:
    """Erase a person's pact as our own program would, with the pepper's marks; the person never asked."""
    index = thief.certificate(who).ledger_index
    thief.withdraw(who)
    with transaction() as session:
        absences.erase(session, indexes=[index], pepper=thief.keyring.pepper)


def back_dated(thief: Thief) -> None:
    """Let rini sign a pact of two days ago; the thief enters it now, and rewrites the times that are ours."""
    at = clock.now() - LONG_AGO
    held = cast(SoftwarePasskey, thief.scene.city.keys["rini"][2])
    text = thief.statement("rini", at=at)
    thief.issue("rini", thief.claim("rini", statement=text, proof=held.proof(text)), at=at)
    thief.run("UPDATE ledger_checkpoints SET signed_at = :at", at=_stored(thief, at - LONG_AGO))


def _stored(thief: Thief, at: Any) -> object:
    """Return a time as the tables hold it."""
    return at if thief.config.database_url.startswith("postgresql") else at.strftime("%Y-%m-%d %H:%M:%S.%f")


def _passkey(thief: Thief, who: str) -> SoftwarePasskey:
    return cast(SoftwarePasskey, thief.scene.city.keys[who][2])


def _another() -> bytes:
    return ledgerentry.entry(EntryKind.CREDENTIAL, secrets.token_bytes(32))
