"""Alembic migrations, one change a file, run on SQLite and PostgreSQL."""
