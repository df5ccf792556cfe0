"""Back-ups of the database, and bringing one back.

Words    backup (one file, a snapshot of the database; no keys), restore, aside (where the old file is kept)
Rules    A backup is whole or not there: it is made beside its name, synced, and then given its name.
         A restore overwrites nothing: an SQLite file is set aside, a PostgreSQL database must be empty.
         What is no backup of ours, or of other keys, is refused before anything is touched.
         What the copy of the ledger holds beyond the backup is put back, and what was revoked after it
         stays revoked (`certificates.restoring`).
"""
