"""Departures ("bukan pegawai saya lagi"): a head says who no longer belongs to the unit, an administrator answers.

Words    departure (what was said of a person, and what came of it), answer (what an administrator did or wrote)
Rules    Who reports does not answer, and nobody does either about themselves.  An answer changes the person's status
         or unit, or says why not; what a change took away is kept, and can be given back as long as nothing else
         changed since.  The person is told.  Nobody is deleted.
Tables   departures
Pages    /bukan-pegawai
"""
