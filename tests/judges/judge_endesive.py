"""endesive about each of a list of files; runs in an environment that holds no Pakta."""

import json
import logging
import re
import sys
from pathlib import Path

_search = re.search
# Of OpenSSL's version oscrypto 1.3.0 reads one digit a part: wbond/oscrypto#75, mended there and never released.
re.search = lambda pattern, *rest: _search(
    pattern.replace(r"\.\d[a-z]*)\b", r"\.\d+[a-z]*)\b") if isinstance(pattern, str) else pattern, *rest
)
from endesive import pdf  # noqa: E402

re.search = _search


def judge(path, root):
    """Return nothing where all that it checks is good and nothing of the file is left over, else what it says."""
    try:
        found, left = pdf.verify(Path(path).read_bytes(), [root])
    except Exception as error:  # whatever it is, it is no yes
        return f"{type(error).__name__}: {error}"[:200]
    said = {"hash": found.hashok, "signature": found.signatureok, "certificate": found.certok, "whole": left is None}
    return ", ".join(f"{what} not good" for what, good in said.items() if good is not True)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    trusted = Path(sys.argv[1]).read_bytes()
    print("\n" + json.dumps([judge(path, trusted) for path in json.load(sys.stdin)]))
