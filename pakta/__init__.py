"""Pakta: neutrality pacts signed with one's own key, on a ledger anyone can check.

This file is only a docstring, so that importing the core loads no Flask.
"""
