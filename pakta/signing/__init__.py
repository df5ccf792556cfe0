"""Signing: read the text, tick each clause, see exactly what is signed, sign with one's own key.

Words    statement (the bytes that are signed), evidence (statement, signature, key, enrolment)
Rules    the server prepares and verifies, it never signs for a person; a statement lives
         15 minutes; the same signed statement always gives the same certificate; another
         one for the same edition is refused, unless the person is asked to sign again
         (`certificates.renewing`): then the old certificate gives way to the new one in one
         transaction; a report of wrong data is answered within 3 x 24 hours, by a correction
         or with a reason
Tables   prepared_statements, data_reports
Pages    /pakta, /pakta/tinjau, /pakta/status, /data-salah, /laporan-data,
         /laporan-data/ID, /kios
"""
