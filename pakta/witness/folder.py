"""The folder of a witness: its key, and the file that knows what it cosigned.

    key.pem          Ed25519, mode 0600, never overwritten
    vkey             its public half, a line of C2SP text
    witness.sqlite   see `store.py`

The file names the key that it belongs to: an empty new file under an old key would cosign a second history.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pakta.core import cosignature
from pakta.witness.store import Store

KEY, VKEY, STORE = "key.pem", "vkey", "witness.sqlite"


class FolderError(Exception):
    """The folder cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's key: its name, its 32 public bytes, and how it signs."""

    name: str
    public_key: bytes
    sign: Callable[[bytes], bytes]

    @property
    def vkey(self) -> str:
        """Return its verifier key."""
        return cosignature.vkey(name=self.name, public_key=self.public_key)


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened folder."""

    key: WitnessKey
    store: Store


def create(folder: Path, *, name: str) -> str:
    """Make a key and an empty file in a folder of mode 0700; return the verifier key.

    Refuses with VKEY_MALFORMED a name that is none; raises FolderError rather than overwrite anything.
    """
    if any((folder / each).exists() for each in (KEY, VKEY, STORE)):
        raise FolderError(f"{folder} sudah berisi saksi; tidak ada yang diubah.")
    private = Ed25519PrivateKey.generate()
    vkey = cosignature.vkey(name=name, public_key=private.public_key().public_bytes_raw())
    cosignature.parse_vkey(vkey)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    _write(folder / KEY, private.private_bytes(encoding, form, serialization.NoEncryption()))
    _write(folder / VKEY, f"{vkey}\n".encode())
    _write(folder / STORE, b"")
    Store(folder / STORE).make(vkey=vkey)
    _sync(folder)
    return vkey


def open_folder(folder: Path) -> Opened:
    """Open a witness's folder; raises FolderError with what to do where something is missing or does not fit."""
    missing = [name for name in (KEY, VKEY, STORE) if not (folder / name).is_file()]
    if len(missing) == 3:
        raise FolderError(f"Tidak ada saksi di {folder}. Buat dengan: python -m pakta witness new --folder {folder}")
    if missing:
        raise FolderError(
            f"Tidak ada {', '.join(missing)} di {folder}. Saksi yang kehilangan catatannya tidak boleh"
            " melanjutkan dengan kunci lama: buat saksi baru di folder lain (docs/witness.md)."
        )
    if (folder / KEY).stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise FolderError(f"{folder / KEY} dapat dibaca pengguna lain. Jalankan: chmod 600 {folder / KEY}")
    key = _key(folder)
    store = Store(folder / STORE)
    if store.owner() != key.vkey:
        raise FolderError(f"{folder / STORE} milik kunci lain; jangan dipakai dengan {KEY} ini.")
    return Opened(key, store)


def _key(folder: Path) -> WitnessKey:
    name = cosignature.parse_vkey((folder / VKEY).read_text(encoding="utf-8").strip()).name
    try:
        private = serialization.load_pem_private_key((folder / KEY).read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise FolderError(f"{folder / KEY} tidak dapat dibuka.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise FolderError(f"{folder / KEY} harus kunci Ed25519.")
    return WitnessKey(name, private.public_key().public_bytes_raw(), private.sign)


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
