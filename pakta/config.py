"""Configuration: one frozen object, read once from the environment.

No secret has a default.  The demonstration's secrets are made by `python -m pakta keys new`
and lie as files of mode 0600 under `PAKTA_KEYS`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from pakta.core import policy as policies
from pakta.core.errors import Refusal
from pakta.core.policy import Policy

ROOT = Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """The environment says something that Pakta cannot run with; the message says what to change."""


ARMS_LARGEST = 2 * 1024 * 1024  # bytes
ORIGIN_FILE = "origin.txt"
LEVELS = ("b-t", "b-lta")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Timestamps:
    """Whose timestamps count, and who is asked for them.

    url      the RFC 3161 authority that new documents are stamped by; empty: none is asked
    roots    the certificates under which a timestamp counts, also in older documents
    archive  True seals B-LTA, False B-T
    """

    url: str
    roots: tuple[x509.Certificate, ...]
    archive: bool = False

    @property
    def host(self) -> str:
        """Return the authority's host, as documents name it."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail server that takes our e-mail, and whom it comes from.

    tls     "starttls", "tls", or "off" on this machine's own loopback
    user    empty where the server asks for no sign-in
    sender  as the header From has it; `address` is what of it the server is told
    """

    host: str
    port: int
    tls: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """Return the sender's bare address."""
        return parseaddr(self.sender)[1]


@dataclass(frozen=True, slots=True)
class Config:
    """What differs from one installation to the next.

    origin     scheme and host shown to people, without a slash at the end
    city       the operator's name as pages and documents print it
    demo       True marks every page as an example; where the people are invented they are marked in any case
    contact    who answers questions about data and accounts, as pages print it; may be empty
    report_to  where a breach is reported locally, one line each; may be empty
    log        which ledger of this host: 1, and one more after each `ledger succeed`
    policy     which outside witnesses must cosign the ledger's heads; None while there are none
    arms       the city's arms for documents, the file's bytes; None where the operator provides none
    proxies    how many of our own proxies stand in front: whose X-Forwarded-For is believed
    timestamps  whose timestamps count on documents; None where nobody's do
    offline    False tells phones to forget the QR's page and its data, and to ask us again each time
    mail       how reminders are sent by e-mail; None where that is not set up
    """

    database_url: str
    origin: str
    keys_dir: Path
    instance: Path
    log_copy: Path | None
    city: str
    demo: bool
    contact: str = ""
    report_to: tuple[str, ...] = ()
    proxies: int = 0
    policy: Policy | None = None
    log: int = 1
    arms: bytes | None = field(default=None, repr=False)
    timestamps: Timestamps | None = None
    offline: bool = True
    mail: Mail | None = None

    @property
    def log_origin(self) -> str:
        """Return the ledger's name: the first line of its checkpoints, and the name of its key."""
        return f"{self.host}/log" if self.log == 1 else f"{self.host}/log/{self.log}"

    @property
    def host(self) -> str:
        """Return the host with its port where that is not the scheme's own: the credential's `iss`."""
        return urlsplit(self.origin).netloc

    @property
    def authorities(self) -> tuple[x509.Certificate, ...]:
        """Return the roots under which a timestamp counts."""
        return self.timestamps.roots if self.timestamps else ()

    @property
    def relying_party(self) -> str:
        """Return the WebAuthn relying-party id: the exact host, without a port."""
        return urlsplit(self.origin).hostname or ""

    @property
    def secure(self) -> bool:
        """Say whether people reach us by https (localhost by http is for trying out)."""
        return self.origin.startswith("https://")


def from_environment(environ: Mapping[str, str] | None = None) -> Config:
    """Read the configuration; raise ConfigError where it cannot be run with."""
    env = os.environ if environ is None else environ
    instance = Path(env.get("PAKTA_INSTANCE", ROOT / "instance")).resolve()
    copy = env.get("PAKTA_LOG_COPY")
    return Config(
        database_url=_database_url(env.get("DATABASE_URL") or f"sqlite:///{instance / 'pakta.sqlite'}"),
        origin=_origin(env.get("PAKTA_ORIGIN") or kept_origin(instance) or _local(env.get("PORT"))),
        keys_dir=Path(env.get("PAKTA_KEYS", ROOT / "keys" / "private")).resolve(),
        instance=instance,
        log_copy=Path(copy).resolve() if copy else None,
        city=env.get("PAKTA_CITY", "Kota Mojokerto"),
        demo=env.get("PAKTA_DEMO", "") == "1",
        contact=env.get("PAKTA_CONTACT", "").strip(),
        report_to=tuple(line.strip() for line in env.get("PAKTA_REPORT_TO", "").split("|") if line.strip()),
        proxies=_proxies(env.get("PAKTA_PROXIES") or "0"),
        policy=_policy(env.get("PAKTA_WITNESSES")),
        log=_log(env.get("PAKTA_LOG") or "1"),
        arms=_arms(env.get("PAKTA_ARMS")),
        timestamps=_timestamps(env.get("PAKTA_TSA"), env.get("PAKTA_TSA_ROOTS"), env.get("PAKTA_SEAL_LEVEL")),
        offline=_offline(env.get("PAKTA_OFFLINE") or "on"),
        mail=_mail(env),
    )


def keep_origin(config: Config) -> None:
    """Keep the origin that is served, so that commands typed beside the server speak of the same one."""
    config.instance.mkdir(parents=True, exist_ok=True)
    (config.instance / ORIGIN_FILE).write_text(config.origin + "\n", encoding="utf-8")


def kept_origin(instance: Path) -> str:
    """Return the origin that was served from here last; empty before the first time."""
    path = instance / ORIGIN_FILE
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def _local(port: str | None) -> str:
    return f"http://localhost:{port or 5000}"


def _log(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 99:
        raise ConfigError("PAKTA_LOG must be the number that `ledger succeed` told, 1 to 99")
    return int(text)


def _policy(path: str | None) -> Policy | None:
    """Read the policy of witnesses, a C2SP tlog-policy file; one that wants nobody is as good as none."""
    if not path:
        return None
    try:
        found = policies.parse(Path(path).read_bytes())
    except OSError as error:
        raise ConfigError(f"PAKTA_WITNESSES cannot be read: {error.strerror}") from error
    except Refusal as refusal:
        raise ConfigError(
            f"PAKTA_WITNESSES: line {refusal.detail} of {path} is not of a C2SP tlog-policy"
        ) from refusal
    return found if found.quorum is not None else None


def _arms(path: str | None) -> bytes | None:
    """Read the file of the city's arms; what is in it is judged where documents are made."""
    if not path:
        return None
    try:
        with Path(path).open("rb") as file:
            return file.read(ARMS_LARGEST + 1)
    except OSError as error:
        raise ConfigError(
            f"PAKTA_ARMS: berkas {path} tidak dapat dibaca ({error.strerror}). Periksa letak dan izin berkasnya."
        ) from error


def _timestamps(url: str | None, roots: str | None, level: str | None) -> Timestamps | None:
    """Read whose timestamps count; without PAKTA_TSA those of PAKTA_TSA_ROOTS are judged, and none are asked for."""
    if level and (level not in LEVELS or not url):
        raise ConfigError(
            "PAKTA_SEAL_LEVEL ialah b-t atau b-lta, hanya bersama PAKTA_TSA. Kosongkan untuk segel tanpa cap waktu."
        )
    if url and not roots:
        raise ConfigError(
            "PAKTA_TSA memerlukan PAKTA_TSA_ROOTS: berkas PEM berisi sertifikat akar otoritas waktu yang dipercaya."
        )
    if not roots:
        return None
    return Timestamps(_authority(url) if url else "", _roots(roots), archive=level == "b-lta")


def _authority(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc or parts.fragment or not re.fullmatch(r"[!-~]+", url):
        raise ConfigError(
            "PAKTA_TSA harus alamat http(s) otoritas waktu (RFC 3161), misalnya https://tsa.example/tsr."
        )
    return url


def _roots(path: str) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(Path(path).read_bytes()))
    except OSError as error:
        raise ConfigError(f"PAKTA_TSA_ROOTS tidak dapat dibaca ({path}): {error.strerror}.") from error
    except ValueError as error:
        raise ConfigError(f"PAKTA_TSA_ROOTS bukan berkas PEM berisi sertifikat: {path}.") from error


def _offline(text: str) -> bool:
    if text not in ("on", "off"):
        raise ConfigError("PAKTA_OFFLINE ialah on atau off; off: ponsel melupakan halaman QR dan datanya")
    return text == "on"


def _mail(env: Mapping[str, str]) -> Mail | None:
    """Read the settings of the mail server; without PAKTA_SMTP_HOST there is none."""
    host = env.get("PAKTA_SMTP_HOST", "").strip()
    if not host:
        return None
    port, tls = env.get("PAKTA_SMTP_PORT") or "587", env.get("PAKTA_SMTP_TLS") or "starttls"
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ConfigError("PAKTA_SMTP_PORT harus nomor port, biasanya 587 (starttls) atau 465 (tls).")
    if tls not in ("starttls", "tls", "off") or (tls == "off" and host not in LOOPBACK):
        raise ConfigError(
            "PAKTA_SMTP_TLS ialah starttls atau tls; off hanya bila PAKTA_SMTP_HOST di mesin ini sendiri."
        )
    sender, user = env.get("PAKTA_SMTP_FROM", "").strip(), env.get("PAKTA_SMTP_USER", "").strip()
    if not sender.isprintable() or not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(sender)[1]):
        raise ConfigError("PAKTA_SMTP_FROM harus alamat pengirim, misalnya Pakta Kota <pakta@kota.example>.")
    password = _password(env)
    if bool(user) != bool(password) or not (user + password).isascii():
        raise ConfigError("PAKTA_SMTP_USER dan PAKTA_SMTP_PASSWORD_FILE hanya bersama-sama, dan tanpa huruf khusus.")
    return Mail(host=host, port=int(port), tls=tls, sender=sender, user=user, password=password)


def _password(env: Mapping[str, str]) -> str:
    path = env.get("PAKTA_SMTP_PASSWORD_FILE")
    if not path:
        return env.get("PAKTA_SMTP_PASSWORD", "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"PAKTA_SMTP_PASSWORD_FILE tidak dapat dibaca ({path}): {error.strerror}.") from error


def _proxies(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 9:
        raise ConfigError("PAKTA_PROXIES must be the number of your own proxies in front of Pakta, 0 to 9")
    return int(text)


def _database_url(url: str) -> str:
    if url.startswith(("postgres://", "postgresql://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    if url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return url
    raise ConfigError("DATABASE_URL must begin with sqlite:/// or postgresql://")


def _origin(text: str) -> str:
    parts = urlsplit(text.rstrip("/"))
    local = parts.hostname in ("localhost", "127.0.0.1")
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.path or parts.query:
        raise ConfigError("PAKTA_ORIGIN must be scheme and host only, such as https://pakta.kota.go.id")
    if parts.scheme == "http" and not local:
        raise ConfigError("PAKTA_ORIGIN may use http only for localhost; everywhere else it must be https")
    return f"{parts.scheme}://{parts.netloc.lower()}"
