"""Self-check: whether everything that is stored still says the same.

Words    finding (a row and how it differs from the others)
Rules    It reads one snapshot and changes nothing.  Each stored fact is compared with what was signed
         or entered about it: entries with payloads, tiles and heads; credentials with their entries,
         evidence, keys and status entries; texts, key sets and status lists with their entries;
         counters with people and signatures; sealed files with their hashes and seals; requests to change
         a status with entries, the access log and the rule of two people.
Pages    none; `python -m pakta ledger check`
"""
