"""The ledger: an append-only Merkle tree that anyone may follow.

Words    entry (34 bytes), payload (what it is the hash of), tile, checkpoint (a signed head)
Rules    entries are locked by triggers; indexes have no gaps; one writer; a checkpoint is signed
         over committed rows only, and stored before it is served
Tables   ledger_entries, ledger_payloads, ledger_tiles, ledger_checkpoints
Pages    /log/, /log/checkpoint, /log/tile/…, /log/payload/INDEX
"""
