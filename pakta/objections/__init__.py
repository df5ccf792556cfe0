"""Objections: a person says that they object to signing, instead of only not signing.

Words    objection ("ada keberatan": a recorded state, not idleness), its class of reason, its own words
         answer (what the office says to it, in words; the person is told in a notice)
Rules    only the person states and withdraws it; it counts while they have not signed and the text is open; the
         person stays in the sums, as one who has not signed, and is counted apart; heads see that there is
         one, class and words are read by the person and by administrators only, the supervisor sees counts, and
         the classes where at least ten of a whole institution object
Tables   objections, objection_counts
Pages    /keberatan-pakta, /keberatan-pakta/masuk
"""
