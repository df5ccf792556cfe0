"""How the service stands: one page for people, the same as JSON for whoever watches it by program.

Words    check (one thing that is looked at), state (baik, perhatian, berhenti)
Rules    Nothing personal and nothing that only the operator may know.  The page answers also while
         nothing can be issued; the JSON's status is 503 where a check says berhenti.
Pages    /kesehatan, /kesehatan.json
"""
