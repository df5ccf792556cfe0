"""Run a timestamp authority to try Pakta with: `python -m tests.timestamping FOLDER [PORT]`.

Each start is another authority; FOLDER/roots.pem gathers the roots of all, so that earlier documents stay good.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from tests.timestamping.authority import Authority, serving


def main(folder: Path, port: int) -> None:
    """Serve until Ctrl-C."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, roots = Authority(folder), folder / "roots.pem"
    roots.write_bytes((roots.read_bytes() if roots.exists() else b"") + authority.roots.read_bytes())
    with serving(authority, port=port):
        print(f"Start Pakta in another terminal with\n  PAKTA_TSA={authority.url} PAKTA_TSA_ROOTS={roots.resolve()}")
        print("Ctrl-C ends it.", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5080)
    except KeyboardInterrupt:
        sys.exit(0)
