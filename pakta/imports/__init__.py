"""Imports of people in the web: a file becomes rows, is checked, shown, and written whole by a job.

Words    import (a file of people and how far it has come), staged row (one line of it and what it would do),
         missing (who is in the roster and not in the file), marking (that missing people are marked as gone),
         reused number (a number that now has a name that seems to be another person's: `roster.names`)
Rules    The checks are those of the command (`roster.rows`, `roster.planning`).  Nothing is written while a row
         is wrong, and nothing but what was shown: a job checks every row once more, then writes all in one
         transaction; where the roster has changed meanwhile it writes nothing.  A reused number, or more than
         5 % of who counted in an institution put out of the sums within 30 days (who leaves, and who is away
         unsigned), or a change of the asker's own row wants a second administrator (0070, 0079, 0098, 0103).
         Missing people are listed, never deleted.  An import reaches the units that its
         administrator administers, no others.  Staged rows hold identity numbers: they are gone a week
         after the last thing that was done with them.
         Every refusal of a second administrator is kept, and shown to who decides next (0106).
Tables   imports, import_refusals, import_rows, removals
Pages    /impor, /impor/ID, /impor/perpindahan, /impor/contoh.xlsx
"""
