"""docs/statement.md and docs/credential.md say what the vectors and the rules say."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import cbor2
import pytest

from pakta.config import ROOT
from pakta.core import canonical, credential, number
from pakta.core.errors import Reason
from pakta.core.verdict import Word
from tests.core.refusing import flipped

STATEMENT, CREDENTIAL = ((ROOT / "docs" / f"{name}.md").read_text() for name in ("statement", "credential"))
ORIGIN = "http://localhost:5000"


def read(name: str) -> Any:
    """Return a file of vectors."""
    return json.loads((ROOT / "tests" / "vectors" / f"{name}.json").read_text(encoding="utf-8"))


STATED, ISSUED = read("statement"), read("credential")["named"]
EVIDENCE = {method: each["text"].encode() for method, each in STATED["evidence"].items()}


def test_the_statement_and_the_record_shown_are_those_of_the_vectors() -> None:
    shown = [json.loads(each) for each in re.findall(r"```json\n(.*?)```", STATEMENT, re.DOTALL)]
    prefixes = ("pakta/statement/v1\n", "pakta/enrolment/v1\n")
    forms = [prefix + canonical.encode(each).decode() for prefix, each in zip(prefixes, shown, strict=True)]
    assert forms == [STATED["statement"], STATED["enrolment record"]]
    assert f"    {STATED['enrolment entry']}\n" in STATEMENT
    assert f"    {STATED['evidence']['device']['sha256']}\n" in STATEMENT


def test_the_credential_shown_is_that_of_the_vectors() -> None:
    blocks = ["".join(each.split()) for each in re.findall(r"(?:^ {4}[0-9a-f]{60,}\n)+", CREDENTIAL, re.MULTILINE)]
    assert blocks == [ISSUED["entry"], ISSUED["cose"]]
    assert f"The whole example, {len(ISSUED['cose']) // 2} bytes" in CREDENTIAL
    assert f"`{number.spoken(ISSUED['number'])}`" in CREDENTIAL
    group = ISSUED["cose"][:14]
    digits = credential.to_address(bytes.fromhex(group), origin=ORIGIN).partition("#")[2]
    assert f"`{group}` is `{digits}`" in CREDENTIAL


def test_the_claims_shown_are_those_of_the_vectors() -> None:
    (shown,) = re.findall(r"^    (\{1: .*?\}\})\n", CREDENTIAL, re.MULTILINE | re.DOTALL)
    asked = json.loads(re.sub(r"(-?\d+): ", r'"\1": ', re.sub(r"h'([0-9a-f]+)'", r'"\1"', shown)))

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {str(name): plain(each) for name, each in value.items()}
        return value.hex() if isinstance(value, bytes) else value

    assert asked == plain(cbor2.loads(bytes.fromhex(ISSUED["payload"])))


def test_every_verdict_of_the_vectors_stands_in_the_table_under_its_word() -> None:
    rows = re.findall(r"^\| ([A-Z ,]+) \| [^|]* \| ([^|]*)\|$", CREDENTIAL, re.MULTILINE)
    said = {(word, reason) for word, reasons in rows for reason in re.findall(r"`(\w+)`", reasons) or [None]}
    assert {word for word, _ in said} == {each.value for each in Word}
    assert {reason for _, reason in said if reason} <= {*Reason, "CLOCK"}  # the QR's page has that one of its own
    found = {(each["word"], each["reason"]) for each in read("verdicts")["cases"].values()}
    assert found - said == set()


def test_every_reason_that_a_page_names_exists() -> None:
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", STATEMENT + CREDENTIAL))
    assert named
    assert named - set(Reason) == set()


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Write the documented script to a file."""
    (code,) = re.findall(r"```python\n(.*?)```", STATEMENT, re.DOTALL)
    path = tmp_path / "check.py"
    path.write_text(code)
    return path


def check(script: Path, evidence: bytes, origin: str = ORIGIN) -> tuple[int, str]:
    """Run the script outside of our project; return its exit code and what it said."""
    path = script.with_name("evidence.json")
    path.write_bytes(evidence)
    done = subprocess.run(
        [sys.executable, "-I", script, path, origin], cwd=script.parent, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("method", ["device", "passkey"])
def test_the_documented_check_says_good_of_good_evidence_only(script: Path, method: str) -> None:
    code, said = check(script, EVIDENCE[method])
    assert (code, said.startswith("good: Siti Lestari | ASN-2026 | ")) == (0, True)
    assert STATED["evidence"][method]["sha256"] in said
    assert (STATED["enrolment entry"] in said) == (method == "device")
    changed = json.loads(EVIDENCE[method])
    signed = canonical.from_base64url(changed["signature"])
    changed["signature"] = canonical.base64url(flipped(signed, 8 * len(signed) - 8))
    code, said = check(script, canonical.encode(changed))
    assert (code, "InvalidSignature" in said) == (1, True)


def test_the_documented_check_finds_what_does_not_fit(script: Path) -> None:
    members = json.loads(EVIDENCE["device"])
    theirs = json.loads(EVIDENCE["passkey"])
    other = base64.urlsafe_b64encode(b"pakta/statement/v1\n{ }").decode().rstrip("=")
    for changed, reason in (
        ({**members, "jwk": theirs["jwk"]}, "another key"),
        ({**members, "enrolment": theirs["enrolment"]}, "another key"),
        ({**members, "statement": other}, "not in its one form"),
    ):
        code, said = check(script, canonical.encode(changed))
        assert (code, reason in said) == (1, True), said
    code, said = check(script, EVIDENCE["passkey"], origin="http://localhost:5001")
    assert (code, "signed elsewhere" in said) == (1, True)
