"""The server's keys: issuer, ledger and seal, the pepper and the cookie secret.

They lie as files of mode 0600 in a folder of mode 0700; files that others may read are refused.
With PAKTA_KEYS_SECRET set the private keys are encrypted PEM; or they lie in a PKCS#11 token, and
the file says where.  A key is an object with `sign` and its public part.  Source: keys/README.md.

    ring        what the rest of the house sees     folder   made once, read at every start
    history     the issuer's keys, past ones too    chain    the seal's X.509
    succession  one key after another               token    PKCS#11     files  writing them safely
"""

from __future__ import annotations

from pakta.keyring.chain import DOCUMENT_SIGNING
from pakta.keyring.files import KeysMissing
from pakta.keyring.folder import (
    COOKIES,
    FILES,
    ISSUER,
    LEDGER,
    PEPPER,
    PRIVATE,
    PUBLIC,
    SEAL,
    SEAL_CHAIN,
    create,
    exists,
    load,
)
from pakta.keyring.ring import IssuerKey, Keyring, LedgerKey, SealKey

__all__ = [
    "COOKIES",
    "DOCUMENT_SIGNING",
    "FILES",
    "ISSUER",
    "LEDGER",
    "PEPPER",
    "PRIVATE",
    "PUBLIC",
    "SEAL",
    "SEAL_CHAIN",
    "IssuerKey",
    "Keyring",
    "KeysMissing",
    "LedgerKey",
    "SealKey",
    "create",
    "exists",
    "load",
]
