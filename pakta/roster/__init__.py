"""Roster: institutions, units, people, and the counters of who has signed.

Words    institution (a body with its own personnel power), unit (a place in its tree),
         person (a row of the roster), audience (`signs_as`: which text a person signs),
         excused (a status other than aktif: out of the denominator, but listed)
Rules    identity numbers are text and are checked by their form only; nothing of a file is
         written if any row is wrong; people missing from a file are listed, never deleted;
         counters hold whole subtrees and move with every change, in its transaction;
         a signature counts in the unit where it was made, while its signer stands there, and
         not if they left and came back since (`rules.counts_here`); a renamed unit is no move
Tables   institutions, units, unit_parents, people, counter_people, counter_signed, signed_people,
         corrections
Command  python -m pakta roster import FILE [--dry-run]
"""
