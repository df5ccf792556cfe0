"""The zip: every reader takes it, and it is written without going back."""

from __future__ import annotations

import io
import struct
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from pakta.bundles import zipping
from pakta.web import clock

AT = datetime(2026, 11, 23, 8, 15, 30, tzinfo=clock.WIB)
FILES = {
    "dikbud/A-1.pdf": b"%PDF-2.0 " + bytes(range(256)) * 40,
    "DAFTAR.csv": b"\xef\xbb\xbfnomor,nama\r\n",
    "x": b"",
}


def chunks() -> list[bytes]:
    """Return the pieces of a zip, as they are sent."""
    stream = zipping.Stream()
    return [*(stream.add(name, content, at=AT) for name, content in FILES.items()), stream.close()]


def test_others_read_what_was_put_in(tmp_path: Path) -> None:
    path = tmp_path / "lembar.zip"
    path.write_bytes(b"".join(chunks()))
    with zipfile.ZipFile(path) as opened:
        assert opened.testzip() is None
        assert {each.filename: opened.read(each) for each in opened.infolist()} == FILES
        assert {each.date_time for each in opened.infolist()} == {(2026, 11, 23, 8, 15, 30)}
    done = subprocess.run(["unzip", "-t", path], capture_output=True, text=True)
    assert done.returncode == 0 and "No errors detected" in done.stdout
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"%PDF", b"%PDG", 1))
    assert subprocess.run(["unzip", "-t", path], capture_output=True).returncode != 0


def test_each_piece_is_one_file_whole_behind_a_header_with_its_size(tmp_path: Path) -> None:
    for piece, (name, content) in zip(chunks(), FILES.items(), strict=False):
        signature, flags, method, size, length = struct.unpack("<I2xHH4x4x4xI H", piece[:28])
        assert (signature, flags, method, size, length) == (0x04034B50, 0, 0, len(content), len(name))
        assert piece == piece[:30] + name.encode() + content


def test_what_was_sent_cannot_be_changed_any_more() -> None:
    window = zipping._Window()
    window.write(b"abc")
    assert window.take() == b"abc"
    with pytest.raises(io.UnsupportedOperation):
        window.seek(0)
    assert window.tell() == 3
