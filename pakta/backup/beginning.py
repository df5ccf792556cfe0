"""Where a ledger begins, and that no second one begins under the same keys.

A second ledger under the same name and key would contradict every certificate of the first.  The file
`ledger-begun` beside the keys holds the names of those that they have signed (docs/decisions/0054).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from pakta.backup.service import is_sqlite, path_of
from pakta.config import Config
from pakta.core.errors import Reason, Refusal
from pakta.keyring import files
from pakta.ledger import service as ledger

BEGUN = "ledger-begun"


def check(session: Session, *, config: Config) -> None:
    """Refuse to begin a ledger over an empty database where there has been one.

    Refuses with LEDGER_ABANDONED beside what a restore has set aside, or not finished, and with LEDGER_LOST
    where these keys have signed a ledger of this name.  A copy of the ledger that is there lets nothing begin either
    (LEDGER_BEHIND_COPY), and gives it all back.
    """
    if ledger.size(session):
        return
    left = left_beside(config.database_url) if is_sqlite(config.database_url) else []
    if left:
        raise Refusal(Reason.LEDGER_ABANDONED, left[-1])
    copied = config.log_copy is not None and config.log_copy.exists()
    if ledger.origin(config) in _begun(config) and not copied:
        raise Refusal(Reason.LEDGER_LOST, str(config.keys_dir))


def hold(session: Session, *, config: Config) -> None:
    """Note beside the keys that they sign this ledger, once it has begun; raises OSError where that fails."""
    begun, name = _begun(config), ledger.origin(config)
    if ledger.size(session) and name not in begun:
        files.replace(config.keys_dir / BEGUN, "".join(f"{each}\n" for each in [*begun, name]).encode())


def check_unused(config: Config) -> None:
    """Refuse with LEDGER_NAME_TAKEN to go on under this name where these keys have signed it already."""
    if ledger.origin(config) in _begun(config):
        raise Refusal(Reason.LEDGER_NAME_TAKEN, str(config.keys_dir))


def left_beside(url: str) -> list[str]:
    """Return the names of what a restore has set aside, or not finished, beside an SQLite database."""
    path = path_of(url)
    if not path.parent.is_dir():
        return []
    left = sorted(each.name for each in path.parent.iterdir() if each.name.startswith(f"{path.name}.sebelum-"))
    return left + ([f"{path.name}.baru"] if path.with_name(f"{path.name}.baru").exists() else [])


def _begun(config: Config) -> list[str]:
    path = config.keys_dir / BEGUN
    return path.read_text(encoding="ascii").splitlines() if path.exists() else []
