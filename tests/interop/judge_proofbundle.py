"""Judge cases with proofbundle (PyPI): read JSON, write why each is refused.  Runs in a throw-away environment."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

from proofbundle import checkpoint, merkle, tlogproof
from proofbundle.errors import ProofBundleError


def judge(case: dict[str, Any]) -> bool:
    """Say whether proofbundle accepts a case."""
    if case["op"] == "note":
        return bool(checkpoint.verify_checkpoint(text(case["note"]), case["vkey"])["ok"])
    if case["op"] == "cosigned":
        return bool(checkpoint.verify_cosignature(text(case["note"]), case["vkey"])["ok"])
    path = [raw(each) for each in case["path"]]
    if case["op"] == "place":
        lines = ["c2sp.org/tlog-proof@v1", f"index {case['index']}", *case["path"], "", text(case["note"])]
        found = tlogproof.verify_tlog_proof("\n".join(lines), raw(case["entry"]), case["vkey"])
        return bool(found["ok"])
    root = raw(case["root"])
    if case["op"] == "inclusion":
        return merkle.verify_inclusion(raw(case["entry"]), case["index"], case["size"], path, root)
    return merkle.verify_consistency(case["old_size"], case["size"], path, raw(case["old_root"]), root)


def raw(encoded: str) -> bytes:
    """Return bytes."""
    return base64.b64decode(encoded)


def text(encoded: str) -> str:
    """Return text; what is no UTF-8 is no note, and proofbundle takes text only."""
    return raw(encoded).decode()


def answer(case: dict[str, Any]) -> dict[str, str]:
    """Return why a case is refused; nothing where it is accepted."""
    try:
        return {"refused": "" if judge(case) else "refused"}
    except (ProofBundleError, UnicodeDecodeError) as error:
        return {"refused": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    json.dump([answer(each) for each in json.load(sys.stdin)], sys.stdout)
