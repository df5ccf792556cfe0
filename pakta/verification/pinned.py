"""What the operator sets for every phone, as a script: the policy of witnesses, and whether a phone keeps anything.

The browser's rules import it, and it is released with the others.

It is made from the configured policy, so that a phone parses no text and its rules are pinned in what was released.
"""

from __future__ import annotations

import base64
import json

from pakta.core import cosignature
from pakta.core.policy import Policy, Witness

NAME = "policy.js"
HEADER = "// Made by the server: whether a phone keeps data (cache.js), who must cosign the head (witnesses.js).\n"


def script(policy: Policy | None, *, offline: bool = True) -> bytes:
    """Return the script that exports both; the policy is null where nobody must cosign."""
    pinned = None if policy is None or policy.quorum is None else browser_form(policy, policy.quorum)
    values = {"OFFLINE": offline, "POLICY": pinned}
    lines = [f"export const {name} = {json.dumps(value)};\n" for name, value in values.items()]
    return "".join([HEADER, *lines]).encode()


def browser_form(policy: Policy, quorum: str) -> dict[str, object]:
    """Return a policy as witnesses.js reads it: all witnesses in a row, and groups that name their places."""
    places = {name: at for at, name in enumerate(policy.witnesses)}

    def member(name: str) -> object:
        group = policy.groups.get(name)
        if group is None:
            return places[name]
        return {"least": group.least, "of": [member(each) for each in group.members]}

    return {"witnesses": [_witness(each) for each in policy.witnesses.values()], "quorum": member(quorum)}


def _witness(witness: Witness) -> dict[str, str]:
    known = cosignature.parse_vkey(witness.vkey)
    key = base64.b64encode(known.public_key).decode()
    return {"name": known.name, "id": known.key_id.hex(), "key": key}
