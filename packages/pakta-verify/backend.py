"""Builds the wheel (PEP 517): the modules of `pakta/` that the command imports, taken from where they lie.

    python packages/pakta-verify/backend.py      print what it needs, each version with its hashes, for pip -r

There is one copy of the sources, so there is no list of files to keep either: imports are followed from the command,
and so are modules that are started by name (the word after "-m").  What a function imports for itself is left out.
Wheel and sdist are the same, to the byte, for the same sources.
"""

from __future__ import annotations

import ast
import base64
import gzip
import hashlib
import io
import re
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE if (HERE / "pakta").is_dir() else HERE.parent.parent  # unpacked from an sdist, or in the repository
PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+) \\\n(?:    --hash=.*\n)+((?:    #.*\n)*)", re.M)
WHEEL = b"Wheel-Version: 1.0\nGenerator: pakta-verify\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
CATALOGUE = "translations/en.po"  # the English of what is said
DAWN = (1980, 1, 1, 0, 0, 0)


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: Any = None) -> str:
    """Write the wheel into a folder, and return its name."""
    project = _project()
    stem = f"{project['name'].replace('-', '_')}-{project['version']}"
    info = f"{stem}.dist-info"
    files: dict[str, bytes] = {
        path.relative_to(ROOT).as_posix(): path.read_bytes() for path in sources(*_commands(project))
    }
    files[f"pakta/{CATALOGUE}"] = (ROOT / CATALOGUE).read_bytes()
    files[f"{info}/METADATA"] = _metadata(project).encode()
    files[f"{info}/WHEEL"] = WHEEL
    scripts = "".join(f"{name} = {where}\n" for name, where in project["scripts"].items())
    files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{scripts}".encode()
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD").encode()
    name = f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, DAWN)
            entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)
    return name


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """Write what the wheel is built from into an archive, and return its name."""
    project = _project()
    stem = f"{project['name'].replace('-', '_')}-{project['version']}"
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in sources(*_commands(project))}
    files |= {name: (HERE / name).read_bytes() for name in ("pyproject.toml", "backend.py", "README.md")}
    files[CATALOGUE] = (ROOT / CATALOGUE).read_bytes()
    files |= {"requirements.txt": (ROOT / "requirements.txt").read_bytes(), "PKG-INFO": _metadata(project).encode()}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(f"{stem}/{path}")
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    name = f"{stem}.tar.gz"
    (Path(sdist_directory) / name).write_bytes(gzip.compress(packed.getvalue(), mtime=0))
    return name


def pins() -> dict[str, tuple[str, str]]:
    """Return every package that the command needs, and those that these need: its version, and its lines with hashes.

    As requirements.txt says that each came to be there, and with the versions with which our tests ran.
    """
    listed = {found[1]: found for found in PIN.finditer((ROOT / "requirements.txt").read_text())}
    needed = set(_project()["dependencies"])
    while (
        more := {name for name, found in listed.items() if needed & set(re.findall(r"[a-z0-9-]+", found[3]))} - needed
    ):
        needed |= more
    return {name: (listed[name][2], listed[name][0]) for name in sorted(needed)}


def sources(*modules: str) -> list[Path]:
    """Return the files of these modules, and of all of ours that they need, in order."""
    found: set[Path] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        path = _file(name)
        if path is None or path in found:
            continue
        found.add(path)
        waiting += _needed(path.read_text())
        waiting += [name.rpartition(".")[0]] if "." in name else []
    return sorted(found)


def _file(name: str) -> Path | None:
    place = ROOT.joinpath(*name.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path
    return None


def _needed(text: str) -> Iterator[str]:
    """Yield the modules that a file imports as it is loaded, and those that it starts by name."""
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name.startswith("pakta"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pakta"):
            yield str(node.module)
            yield from (f"{node.module}.{each.name}" for each in node.names)
    for each in ast.walk(tree):
        if isinstance(each, ast.Tuple | ast.List):
            words = [part.value if isinstance(part, ast.Constant) else None for part in each.elts]
            yield from (str(word) for flag, word in pairwise(words) if flag == "-m")


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    return project


def _commands(project: dict[str, Any]) -> list[str]:
    return [where.partition(":")[0] for where in project["scripts"].values()]


def _metadata(project: dict[str, Any]) -> str:
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        f"Summary: {project['description']}",
        *(f"Author: {author['name']}" for author in project["authors"]),
        f"Keywords: {','.join(project['keywords'])}",
        *(f"Classifier: {each}" for each in project["classifiers"]),
        f"Requires-Python: {project['requires-python']}",
        *(f"Requires-Dist: {name}=={version}" for name, (version, _) in pins().items()),
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + (HERE / "README.md").read_text()


def _record(files: dict[str, bytes], own: str) -> str:
    rows = []
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(content)}\n")
    return "".join(rows) + f"{own},,\n"


if __name__ == "__main__":
    sys.stdout.write("".join(lines for _, lines in pins().values()))
