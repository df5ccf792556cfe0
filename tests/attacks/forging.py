"""Other keys, other cities, and parts of true documents put together to a false one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from pakta.keyring import DOCUMENT_SIGNING, SealKey
from pakta.web import clock
from tests.attacks.edits import FALSE_NAME, add_content, cms_by, increment, span, with_string, words
from tests.attacks.scene import Scene


def another_pakta(scene: Scene) -> bytes:
    """Hand in the true document of another Pakta that calls itself as ours does."""
    return scene.elsewhere


def own_chain(scene: Scene) -> bytes:
    """Put a seal by a key whose certificates carry our names in place of ours."""
    where = span(scene.lembar)
    covered = scene.lembar[: where.begin] + scene.lembar[where.end :]
    string = b"<" + cms_by(scene.stranger, covered)
    return with_string(scene.lembar, string.ljust(where.end - where.begin - 1, b"0") + b">")


def sealed_anew(scene: Scene) -> bytes:
    """Change the file as it was before the seal, and seal it with a key whose certificates carry our names."""
    changed = increment(scene.unsealed(), lambda writer: add_content(writer, words(FALSE_NAME, white=True)))
    return scene.sealed(changed, by=scene.stranger)


def under_the_seal(scene: Scene) -> bytes:
    """Let the thief of our key use the seal's own certificate as an authority for a key of theirs."""
    return scene.sealed(scene.unsealed(), by=_beneath(scene.seal, forged=False))


def beside_the_seal(scene: Scene) -> bytes:
    """Name the seal's own certificate as an authority, without its key."""
    return scene.sealed(scene.unsealed(), by=_beneath(scene.seal, forged=True))


def _beneath(ours: SealKey, *, forged: bool) -> SealKey:
    """Return a key whose certificate says that our seal's certificate issued it."""
    private, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    above = ours.chain[0]
    builder = (
        x509.CertificateBuilder().subject_name(above.subject).issuer_name(above.subject)
        .public_key(private.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5)).not_valid_after(now + timedelta(days=900))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
    )  # fmt: skip
    made = builder.sign(private, hashes.SHA256())
    if not forged:
        made = _signed_by(ours, made)

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return replace(ours, chain=(made, *ours.chain), sign=sign)


def _signed_by(ours: SealKey, made: x509.Certificate) -> x509.Certificate:
    """Return the certificate with our key's signature in place of its own."""
    raw = ours.sign(made.tbs_certificate_bytes)
    changed = asn1_x509.Certificate.load(made.public_bytes(Encoding.DER)).copy()
    changed["signature_value"] = encode_dss_signature(
        int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    )
    return x509.load_der_x509_certificate(changed.dump(force=True))


def evidence_swapped(scene: Scene) -> bytes:
    """Seal a berkas bukti with another person's evidence."""
    return _swapped(scene, "evidence.json")


def enrolment_swapped(scene: Scene) -> bytes:
    """Seal a berkas bukti with the proof of another person's key."""
    return _swapped(scene, "enrolment.tlog-proof")


def proof_swapped(scene: Scene) -> bytes:
    """Seal a lembar with the proof of another pact."""
    return _swapped(scene, "proof.tlog-proof")


def credential_swapped(scene: Scene) -> bytes:
    """Seal a berkas bukti with another person's credential."""
    return _swapped(scene, "credential.cose")


def other_log(scene: Scene) -> bytes:
    """Seal our credential with a proof of somebody else's log."""
    theirs = scene.attached(scene.elsewhere, by=scene.stranger)
    return scene.resealed({**scene.attached(scene.lembar), "proof.tlog-proof": theirs["proof.tlog-proof"]})


def other_issuer(scene: Scene) -> bytes:
    """Seal what another Pakta issued."""
    return scene.resealed(scene.attached(scene.elsewhere, by=scene.stranger))


def without_credential(scene: Scene) -> bytes:
    """Seal a sheet that carries no credential."""
    files = scene.attached(scene.lembar)
    return scene.resealed({"proof.tlog-proof": files["proof.tlog-proof"]})


def without_enrolment(scene: Scene) -> bytes:
    """Seal evidence without the proof that its key was known."""
    files = scene.attached(scene.berkas)
    del files["enrolment.tlog-proof"]
    return scene.resealed(files)


def _swapped(scene: Scene, name: str) -> bytes:
    return scene.resealed({**scene.attached(scene.berkas), name: scene.attached(scene.joko)[name]})


def permission(scene: Scene) -> bytes:
    """Write into the seal that comments are permitted."""
    return scene.lembar.replace(b"/V /1.2\n/P 1\n", b"/V /1.2\n/P 3\n")


def title(scene: Scene) -> bytes:
    """Write over the XMP in its place."""
    return scene.lembar.replace(b"Pakta Integritas", b"Pakta Palsu 2026")


def without_seal(scene: Scene) -> bytes:
    """Hand in the file as it was before the seal."""
    return scene.unsealed()


def printed(scene: Scene) -> bytes:
    """Hand in an unsealed file that carries the true credential of somebody, under another name."""
    return increment(scene.unsealed(), lambda writer: add_content(writer, words(FALSE_NAME, white=True)))
