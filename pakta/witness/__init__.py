"""The witness: a small separate program with which an outside body cosigns a log's checkpoints (C2SP tlog-witness).

Purpose   a log that shows two faces, or forgets, gets no further cosignature, and what it signed is kept
Words     folder: where a witness's key and its file lie; head: the last checkpoint that it cosigned of a log
Rules     `rules.py`: a head is only ever followed by one that begins with it
Tables    self, trusted, heads, refused: one SQLite file, and nothing personal in it
Page      POST /add-checkpoint, GET /

It imports the core and nothing else of ours, so that who runs it need not trust, or install, the rest.
Source: docs/witness.md.
"""
