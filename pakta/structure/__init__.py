"""Structure: an administrator renames, merges and splits units, or brings a file of them.

Words    structure (the units of an institution and what stands below what), plan (what a change would do)
Rules    a change is shown before it is written: how many people move, and how many of them are asked to sign again
         (a file that makes an office of a unit, or none of it, does not say that its head signs another pact);
         units end by a day and are never deleted; people move with a history; certificates keep the words that
         were signed; what is outside the administrator's units does not exist for them.
         Who reaches a unit that comes under another one, is merged or opens again, or no more, is shown, noted
         and told (`reach`); who leads a unit that is merged, split or renamed is told, too (`telling`).  The
         commands are silent.
         An institution gets another name by a file alone.
         `roster units`, `merge` and `split` do the same by command, through the same code
         (`pakta/roster/reordering.py`, `units.py`)
Pages    /unit-kerja, /unit-kerja/UNIT
"""
