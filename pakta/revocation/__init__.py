"""Revocation ("pencabutan") by the people of an institution: by two, with a class of reason, never in silence.

Words    request (what somebody wants done to another's certificate, and how far it has come),
         class of reason (public), reason (written down, not public)
Rules    One administrator suspends, at once: a precaution that can be undone.  To revoke or to bring back takes
         two administrators; the first one still is one when the second approves; neither is the person.  Heads,
         delegates and the supervisor may ask, and then it takes two administrators besides.  A request about a
         certificate that has changed meanwhile is overtaken.  The classes are a closed list, and a finding of a
         breach is none of them: signing is not innocence, and no finding ever voids a signature.
Tables   status_requests
Pages    /pencabutan
"""
