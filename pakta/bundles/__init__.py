"""Bundles: all lembar of a unit as one zip.

Words    bundle (the lembar of one edition of everyone in a unit and below it, and the list DAFTAR.csv)
Rules    A job sets, seals and stores each lembar that is not stored yet; the zip itself is never stored: it streams
         out of the stored lembar, to who asked, while they may still read them.  In it is whose certificate is
         valid and who is in the unit when it is downloaded; DAFTAR.csv says of all others why they are not.
         No identity number anywhere; in marked institutions no name either.  Every download is audited.
Pages    /cakupan/UNIT/lembar, /pekerjaan/ID/lembar.zip
"""
