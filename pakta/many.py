"""Conditions on many values, of which there may be any number, as one parameter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BindParameter, Boolean, ColumnElement, Dialect, Integer, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import coercions, operators, roles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.types import TypeDecorator, TypeEngine


class _Values(TypeDecorator[Sequence[Any]]):
    """Many values as one: an array, or JSON on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, of: type[Integer | Text] = Integer) -> None:
        """Take what each is."""
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return what the database takes them as."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.of))

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        """Return them in that shape."""
        return json.dumps(list(value or ())) if dialect.name == "sqlite" else list(value or ())


class _Many(BinaryExpression[bool]):
    """A value held against many of its kind, said in each database's way; never negated but by NOT."""

    def __init__(self, one: Any, many: BindParameter[Any]) -> None:
        super().__init__(coercions.expect(roles.ExpressionElementRole, one), many, operators.eq, type_=Boolean())


class among(_Many):  # noqa: N801 - it reads as the SQL that it stands for
    """The condition that an id is one of many, of which there may be any number.

    `in_` makes another statement of each number of ids, with a parameter for each: it is written, parsed and planned
    anew.  This is one statement with one parameter.
    """

    inherit_cache = True

    def __init__(self, id_of: ColumnElement[int] | Any, ids: Sequence[int] | str) -> None:
        """Take a column, and the ids or the name of the parameter that will bring them."""
        super().__init__(id_of, _bound(ids, Integer))


class begins(_Many):  # noqa: N801 - as `among`
    """The condition that a path of units begins with one of many; for few rows, since no index finds them."""

    inherit_cache = True

    def __init__(self, path: ColumnElement[str] | Any, beginnings: Sequence[str] | str) -> None:
        """Take a path, and its beginnings or the name of the parameter that will bring them."""
        super().__init__(path, _bound(beginnings, Text))


def _bound(values: Sequence[Any] | str, of: type[Integer | Text]) -> BindParameter[Any]:
    if isinstance(values, str):
        return bindparam(values, type_=_Values(of))
    return bindparam(None, values, type_=_Values(of), unique=True)


@compiles(among)
def _among_array(element: among, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.left, **options)} = ANY ({compiler.process(element.right, **options)})"


@compiles(among, "sqlite")
def _among_json(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = compiler.process(element.left, **options), compiler.process(element.right, **options)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - a column and a parameter, as compiled


@compiles(begins)
def _begins_array(element: begins, compiler: SQLCompiler, **options: Any) -> str:
    path, beginnings = compiler.process(element.left, **options), compiler.process(element.right, **options)
    held = f"starts_with({path}, beginning)"
    return f"EXISTS (SELECT 1 FROM unnest({beginnings}) AS beginning WHERE {held})"  # noqa: S608 - as above


@compiles(begins, "sqlite")
def _begins_json(element: begins, compiler: SQLCompiler, **options: Any) -> str:
    path, beginnings = compiler.process(element.left, **options), compiler.process(element.right, **options)
    held = f"substr({path}, 1, length(beginning.value)) = beginning.value"
    return f"EXISTS (SELECT 1 FROM json_each({beginnings}) AS beginning WHERE {held})"  # noqa: S608 - as above
