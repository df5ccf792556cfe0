"""Editions: the pact texts, each for one kind of signer, opened and closed on days.

Words   edition: one published text with a code; audience: the `signs_as` values that sign it;
        text: the RFC 8785 bytes whose SHA-256 every statement names
Rules   a text never changes once published; a legal basis must be in force on the day the edition opens;
        on any day at most one edition per audience
Tables  editions (append-only: triggers refuse any change)
Pages   /naskah, /naskah/CODE
Ledger  kind 5, with the text itself as public payload
"""
