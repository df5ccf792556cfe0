"""Disputes: "Bukan saya".

Words    dispute (someone says that a key enrolled in their name is not theirs)
Rules    one tap suspends the key and every pact made with it, at once; it is said by the
         holder of a slip that was used, or replaced by one that was, or by the signed-in owner; BKPSDM and
         Bawaslu see it in their lists; two administrators who find the same close it, both of whom
         reach every role that the person holds
Tables   disputes
Pages    /bukan-saya, /keberatan
"""
