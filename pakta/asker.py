"""Whoever asks, as parameters of a statement.

What every page asks for its visitor, such as the counts in their menu, is written as a statement once, when its
module is read, and not for each request: `accounts.visitor.bound` brings the values.
"""

from __future__ import annotations

from sqlalchemy import BindParameter, Date, Integer, bindparam

ACCOUNT: BindParameter[int] = bindparam("asker_account", type_=Integer())
PERSON: BindParameter[int] = bindparam("asker_person", type_=Integer())
TODAY: BindParameter[object] = bindparam("asker_today", type_=Date())
ADMINISTERS, SUPERVISES = "asker_administers", "asker_supervises"  # paths of units, for `scope`
