"""Copying the city's database, a file or a database of the cluster."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

from tests.databases import Cluster

numbers = itertools.count()


class Copies:
    """The city's database, and copies of it."""

    def __init__(self, folder: Path, cluster: Cluster | None) -> None:
        self.folder, self.cluster, self.name = folder, cluster, f"kota{next(numbers)}"

    def first(self, template: Path) -> str:
        """Make the database that is copied; return its address."""
        if self.cluster:
            return self.cluster.create(self.name)
        shutil.copyfile(template, self.folder / self.name)
        return f"sqlite:///{self.folder / self.name}"

    def make(self) -> str:
        """Make a copy; return its address."""
        copy = f"salinan{next(numbers)}"
        if self.cluster is None:
            shutil.copyfile(self.folder / self.name, self.folder / copy)
            return f"sqlite:///{self.folder / copy}"
        with self.cluster.connect() as connection:
            connection.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{self.name}"')
        return self.cluster.url(copy)

    def forget(self, url: str) -> None:
        """Take a copy away."""
        if self.cluster:
            self.cluster.drop(url.partition("@/")[2].partition("?")[0])
