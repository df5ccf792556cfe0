"""Erasure: taking a person out of everything that we hold (UU PDP, the right to have one's data erased).

Words    belongings (the rows that are about one person), absence (why an entry has no payload)
Rules    All of it in one transaction, or none.  What stays says nothing about the person: the entries' 34 bytes
         with an absence each, the place in the status list with its value, the lines of the access log
         with the day only.  Whoever holds the certificate still gets the verdict that it had.
         Afterwards `database.sweep` rewrites the tables: deleted rows lie in the files otherwise.
Pages    none; `python -m pakta erase NUMBER`
"""
