"""Reminders: who has not signed is reminded, by a head over WhatsApp or by the worker over e-mail.

Words    reminder (a note that somebody was reminded, or that WhatsApp was opened for it), switch (that automatic
         e-mail is on for a unit and all below it), handing over (what SMTP does; who reads it nobody here knows)
Rules    Automatic e-mail only between 07.00 and 18.00 WIB, at most one in three days, four in all for an edition.
         Each is noted before it is handed over, and whether it is still asked is looked at in that same transaction:
         after a crash it counts as one that was sent (decision 0076).  No text holds a code, an identity number or a
         personal link.  WhatsApp is noted as "dibuka": that is all that we know.
Tables   reminders, reminder_switches
Pages    /cakupan/UNIT/ingatkan
"""
