"""How the service stands: one page for people, the same as JSON for whoever watches it by program.

Words    check (one thing that is looked at), state (baik, perhatian, berhenti), rehearsal (issuing as far as it
         goes without an entry), heartbeat (a row that the worker writes while it lives)
Rules    Nothing personal and nothing that only the operator may know.  The page answers also while
         nothing can be issued; the JSON's status is 503 where a check says berhenti.
Tables   heartbeats
Pages    /kesehatan, /kesehatan.json
"""
