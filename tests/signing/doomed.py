"""A process that lets one person sign, and may be killed at each of its system calls.

    python -m tests.signing.doomed URL KEYS COPY BEGIN ANSWER [--early]

For each line on stdin it forks; the child says its process id on stdout, waits for a byte on the descriptor BEGIN,
posts the request of that line as a browser would, and writes the answer's `number` to the descriptor ANSWER.  How the
child ended is the second line: its exit status, or minus the signal.  The parent holds no connection.

--early plants a bug: the signing is acknowledged when it is about to be committed.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from pakta.certificates.models import IssuedCredential
from pakta.core import number
from pakta.database import db
from tests import make


def doomed(app: Flask, request: dict[str, Any], *, begin: int, answer: int) -> None:
    """Sign, once told to, and acknowledge; the answer is the last thing that is written."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie.update(request["cookie"])
    os.read(begin, 1)
    reply = client.post("/pakta/tandatangani", json=request["body"], headers={"Accept": "application/json"})
    os.write(answer, f"{reply.status_code} {reply.get_json().get('number')}\n".encode())


def acknowledge_early(answer: int) -> None:
    """Plant the bug: say that it is done, then commit."""

    def tell(session: Session) -> None:
        found = session.query(IssuedCredential).order_by(IssuedCredential.id.desc()).first()
        if found is not None:
            os.write(answer, f"200 {number.spoken(found.number)}\n".encode())

    event.listen(Session, "before_commit", tell)


def main(url: str, keys_dir: str, copy: str, begin: str, answer: str, *bugs: str) -> None:
    """Warm up, then fork for each request."""
    app = make.app(replace(make.config(url, Path(keys_dir)), log_copy=Path(copy)))
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client().get("/masuk")
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if bugs:
        acknowledge_early(int(answer))
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            doomed(app, json.loads(line), begin=int(begin), answer=int(answer))
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
