"""The stored ledger ("buku catatan"): what was recorded, in an order that cannot be changed unseen.

Words    entry (34 bytes), payload (what the entry is the hash of), tile, bundle, checkpoint, copy,
         witness, cosignature, quorum
Rules    One writer at a time; indexes have no gaps; an entry never changes (triggers).  The sequencer
         signs only a tree that goes on from the last one it signed.  What is served was stored first.
         With PAKTA_LOG_COPY entries are on another disk before the writer is told that they stand.
         With a policy (PAKTA_WITNESSES) what is served as newest is what a quorum of witnesses has cosigned.
Tables   ledger_entries, ledger_payloads, ledger_absences, ledger_tiles, ledger_checkpoints,
         ledger_cosignatures, ledger_witnessed, ledger_witnesses
Pages    /log/ and, for programs, /log/checkpoint, /log/pending, /log/tile/…, /log/payload/INDEX (C2SP tlog-tiles)
"""
