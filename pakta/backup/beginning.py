"""Where a ledger begins, and that no second one begins under the same keys.

A second ledger under the same name and key would contradict every certificate of the first.  The file
`ledger-begun` beside the keys holds the names of those that they have signed (docs/decisions/0054).
"""

from __future__ import annotations

import re
from contextlib import suppress

from sqlalchemy.orm import Session

from pakta.backup.service import is_sqlite, path_of
from pakta.config import Config
from pakta.core.errors import Reason, Refusal
from pakta.keyring import files
from pakta.ledger import heads
from pakta.ledger import service as ledger
from pakta.ledger.copyfile import LogCopy

BEGUN = "ledger-begun"
NAME = re.compile(r"[!-~]+/log(/[1-9][0-9]?)?")


def check(session: Session, *, config: Config, lagging: bool = False) -> None:
    """Refuse to go on where these keys have signed another past than this database holds.

    lagging  an earlier name will do, as in `heads.hold_origin`

    Refuses as `check_empty` does where there is no ledger, and with LEDGER_RENAMED where these keys have signed
    a later name of it already.
    """
    if not ledger.size(session):
        check_empty(config)
    later = max(map(heads.number_of, _ours(config)), default=0)
    if later > config.log and not lagging:
        raise Refusal(Reason.LEDGER_RENAMED, str(later))


def check_empty(config: Config) -> None:
    """Refuse to begin a ledger over an empty database where there has been one.

    Refuses with LEDGER_ABANDONED beside what a restore has set aside, or not finished, and with LEDGER_LOST
    where these keys have signed a ledger of this host.  A copy with entries lets nothing begin either
    (LEDGER_BEHIND_COPY), and gives it all back.
    """
    left = left_beside(config.database_url) if is_sqlite(config.database_url) else []
    if left:
        raise Refusal(Reason.LEDGER_ABANDONED, left[-1])
    if (_ours(config) or "" in _begun(config)) and not _copied(config):
        raise Refusal(Reason.LEDGER_LOST, str(config.keys_dir))


def hold(session: Session, *, config: Config) -> None:
    """Note beside the keys that they sign this ledger, once it has begun; raises OSError where that fails."""
    begun, name = [each for each in _begun(config) if each], ledger.origin(config)
    if ledger.size(session) and name not in begun:
        with suppress(FileExistsError):  # another process of ours writes the same in this moment
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


def _copied(config: Config) -> bool:
    """Say whether the copy of the ledger holds entries."""
    try:
        return config.log_copy is not None and LogCopy(config.log_copy).reach()[1] > 0
    except (OSError, ValueError):
        return False


def _ours(config: Config) -> list[str]:
    """Return the names of this host's ledgers that these keys have signed."""
    host = heads.SUFFIX.sub("", ledger.origin(config))
    return [each for each in _begun(config) if each and heads.SUFFIX.sub("", each) == host]


def _begun(config: Config) -> list[str]:
    """Return the names of the ledgers that these keys have signed; an empty one where that cannot be read."""
    try:
        lines = (config.keys_dir / BEGUN).read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError:
        return [""]
    return [each if NAME.fullmatch(each) else "" for each in lines] or [""]
