"""What the browser signs with a person's key: bytes that begin with one of the known prefixes, and nothing else."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

DEVICE = """
async ([text, keep]) => {
  const { makeDeviceKey, signWithDeviceKey } = await import("/js/keys.js");
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const key = await makeDeviceKey({ keep });
  try {
    return (keep ? await signWithDeviceKey(key.thumbprint, bytes) : await key.sign(bytes)).length;
  } catch (error) {
    return error.message;
  }
}
"""
PASSKEY = """
async (text) => {
  const { createPasskey, signWithPasskey } = await import("/js/keys.js");
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  await createPasskey({
    challenge: "AAAAAAAAAAAAAAAAAAAAAA", rp: { id: "localhost", name: "Pakta" },
    user: { id: "AAAA", name: "•••901", displayName: "•••901" }, pubKeyCredParams: [{ type: "public-key", alg: -7 }],
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
  try {
    return (await signWithPasskey(bytes, { rpId: "localhost" })).signature.length > 60;
  } catch (error) {
    return error.message;
  }
}
"""
REFUSED = "not something that a person's key may sign"
SIGNED = [b"pakta/statement/v1\n{}", b"pakta/key/v1\n{}", b"pakta/dispute/v1\n{}"]
OTHERS = [
    b"",
    b"{}",
    b"pakta/statement/v1",  # cut before its end
    b"pakta/statement/v2\n{}",
    b" pakta/statement/v1\n{}",
    b"Pakta/statement/v1\n{}",
    b"pakta/sign-in/v1\n" + b"\x00" * 32,  # what a passkey signs to sign in is no pact, and a pact no sign-in
    b"pakta/credential/v1\n{}",
    b"pakta/checkpoint\n",
]


def sent(data: bytes) -> str:
    """Return bytes as the scripts above take them."""
    return base64.b64encode(data).decode()


@pytest.fixture
def locked(bare: Page) -> Iterator[Page]:
    """Give the page a screen lock that says yes."""
    session = bare.context.new_cdp_session(bare)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }})  # fmt: skip
    yield bare
    session.send("WebAuthn.disable")
    session.detach()


@pytest.mark.parametrize("keep", [True, False])
def test_a_device_key_signs_what_begins_with_a_known_prefix(bare: Page, keep: bool) -> None:
    assert [bare.evaluate(DEVICE, [sent(each), keep]) for each in SIGNED] == [64] * len(SIGNED)


@pytest.mark.parametrize("keep", [True, False])
def test_a_device_key_signs_nothing_else_whatever_a_server_sends(bare: Page, keep: bool) -> None:
    assert [bare.evaluate(DEVICE, [sent(each), keep]) for each in OTHERS] == [REFUSED] * len(OTHERS)


def test_a_passkey_signs_what_begins_with_a_known_prefix(locked: Page) -> None:
    assert locked.evaluate(PASSKEY, sent(SIGNED[0])) is True


def test_a_passkey_signs_nothing_else_whatever_a_server_sends(locked: Page) -> None:
    assert [locked.evaluate(PASSKEY, sent(each)) for each in OTHERS] == [REFUSED] * len(OTHERS)
