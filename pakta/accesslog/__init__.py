"""The access log, read: who looked at or did what to other people's data.

Words    line (one look or deed), look (a page or file with names was opened), reader (who may read lines)
Rules    an administrator reads the lines of their institutions, a supervisor too, without the names of whom they
         are about and without the words of deeds; both read who looked, and in which role.  Reading is a line itself.
         A line is kept as long as the database; only an erasure takes lines out, and what it leaves of them, without
         time and unit, is read by nobody.  Nothing searched for is ever in a line.
Tables   none: access_log is written by `accounts.audit`
Pages    /catatan-akses
Command  python -m pakta access-log
"""
