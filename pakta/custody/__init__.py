"""Custody of slips: printed by two administrators, handed over against a receipt, and where each is until it is used.

Words    batch (slips of a unit that are printed together), handing over (a slip given to its person, noted with when
         and by whom), state (printed, handed over, used, expired, replaced)
Rules    One administrator asks, another one prints, for those alone for whom it was asked; neither sees the codes but
         on the sheets, which are made at that moment and kept nowhere.  Whoever printed can print once more within a
         day: the codes before are dead.  A reprint of a unit does the same for everybody who has not activated yet.
         Heads see the list for handing over, never a code; the supervisor sees how many slips are in which state
         (docs/decisions/0074).
Tables   slip_batches, slip_batch_people, slip_custody, slip_counts
Pages    /slip
"""
