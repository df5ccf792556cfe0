"""What the QR's page is given of a policy of witnesses."""

from __future__ import annotations

import json

import pytest

from pakta.config import ROOT
from pakta.core import policy as policies
from pakta.verification import pinned


@pytest.mark.parametrize("offline", [True, False])
def test_the_operators_switch_is_pinned_beside_it(offline: bool) -> None:
    assert f"export const OFFLINE = {json.dumps(offline)};" in pinned.script(None, offline=offline).decode()


def test_a_policy_is_pinned_as_the_committed_vectors_pin_it() -> None:
    """So that what the server makes of a policy's text is what the browser was held to."""
    cases = json.loads((ROOT / "tests" / "vectors" / "verdicts.json").read_text())["cases"].values()
    pinnings = [each["given"] for each in cases if "policyText" in each["given"]]
    assert len({each["policyText"] for each in pinnings}) == 3
    for each in pinnings:
        script = pinned.script(policies.parse(each["policyText"].encode())).decode()
        assert json.loads(script.partition("POLICY = ")[2].rstrip(";\n")) == each["policy"]
