"""Disputes: "Bukan saya".

Words    dispute (someone says that a key enrolled in their name is not theirs)
Rules    one tap suspends the key and every pact made with it, at once; it is said by the
         holder of a slip that was used, or replaced by one that was, or by the signed-in owner; BKPSDM and
         Bawaslu see it in their lists; an administrator closes it with an outcome
Tables   disputes
Pages    /bukan-saya, /keberatan
"""
