"""Appointments ("peran"): who leads, stands in and administers, given and ended by two people, never in silence.

Words    appointment (a role that somebody wants given to a person, or ended, and how far that has come),
         holder (who has a role now), title (how a delegate is called: Sekretaris, Plt.)
Rules    An administrator asks and another one approves; heads and those who stand in for them may ask for delegates
         of their own units, and then it takes two administrators.  The first one still is one when the second
         approves; neither is the person.  An institution keeps at least two administrators, else nothing could be
         done by two.
         Supervisors are not appointed by whom they watch: the command line does that (docs/decisions/0075).
Tables   appointments
Pages    /peran
"""
