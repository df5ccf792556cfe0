"""Signing: read the text, tick each clause, see exactly what is signed, sign with one's own key.

Words    statement (the bytes that are signed), evidence (statement, signature, key, enrolment)
Rules    the server prepares and verifies, it never signs for a person; a statement lives
         15 minutes; the same signed statement always gives the same certificate; another
         one for the same edition is refused
Tables   prepared_statements, data_reports
Pages    /pakta, /pakta/tinjau, /pakta/status, /data-salah, /laporan-data, /kios
"""
