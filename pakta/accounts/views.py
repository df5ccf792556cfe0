"""Pages of accounts, by task: activation, sign-in, one's own account, recovery."""

from __future__ import annotations

from pakta.accounts import account_views, activation_views, recovery_views, signin_views
from pakta.accounts.blueprint import bp

__all__ = ["account_views", "activation_views", "bp", "recovery_views", "signin_views"]
