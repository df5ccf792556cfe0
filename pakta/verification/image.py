"""Reading the QR codes in a picture that somebody handed in: a photo, a screenshot, the card.

The picture is opened in a confined process of its own (`pakta.verification.reader`), so that a bomb
or a fault in a decoder ends that process and nothing else.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from threading import BoundedSemaphore

from pakta.config import ROOT
from pakta.core.errors import Reason, Refusal

LARGEST = 10 * 1024 * 1024  # bytes of a picture
SECONDS = 4  # of real time for one picture
PATIENCE = 0.3  # seconds to wait for a free reader: who waits holds a thread that others need
AT_ONCE = 1  # reader of one server process
COMMAND = (sys.executable, "-X", "utf8", "-m", "pakta.verification.reader")
STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")

_free = BoundedSemaphore(AT_ONCE)


def find_addresses(image_bytes: bytes) -> list[str]:
    """Return the texts of the QR codes in a PNG, JPEG or WebP, whatever they say; at least one.

    Refuses with FILE_TOO_LARGE, IMAGE_FORMAT, IMAGE_TOO_LARGE, IMAGE_UNREADABLE, IMAGE_TOO_SLOW,
    IMAGE_WITHOUT_QR or READER_BUSY.
    """
    if len(image_bytes) > LARGEST:
        raise Refusal(Reason.FILE_TOO_LARGE, str(LARGEST // 1024 // 1024))
    if not image_bytes.startswith(STARTS):
        raise Refusal(Reason.IMAGE_FORMAT)
    if not _free.acquire(timeout=PATIENCE):
        raise Refusal(Reason.READER_BUSY)
    try:
        answer = _ask(image_bytes)
    finally:
        _free.release()
    if "reason" in answer:
        raise Refusal(Reason(str(answer["reason"])))
    texts = answer.get("texts")
    if not isinstance(texts, list) or not texts:
        raise Refusal(Reason.IMAGE_WITHOUT_QR)
    return [str(text) for text in texts]


def _ask(image_bytes: bytes) -> dict[str, object]:
    """Return the reader's answer; a reader that died over a picture could not read it, unless it ran out of time."""
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            COMMAND, input=image_bytes, capture_output=True, timeout=SECONDS, cwd=ROOT, env={}, check=True
        )
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise Refusal(Reason.IMAGE_TOO_SLOW) from error
    except subprocess.CalledProcessError as error:
        out_of_time = error.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
        raise Refusal(Reason.IMAGE_TOO_SLOW if out_of_time else Reason.IMAGE_UNREADABLE) from error
    except ValueError as error:
        raise Refusal(Reason.IMAGE_UNREADABLE) from error
    if not isinstance(answer, dict):
        raise Refusal(Reason.IMAGE_UNREADABLE)
    return answer
