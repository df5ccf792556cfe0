"""Roll calls (apel): an office signs together at a place and in a span of time, and a counter on the wall follows.

Words    roll call (a place, a beginning and an end for the people of a unit and all below it), wall (its page for a
         projector: figures without names), late list (who of the unit had not signed when it ended)
Rules    Who sees the unit's names opens one, changes or cancels it before it begins, corrects place and end while it
         runs, and ends it early; two of one unit never overlap, but that one ended early makes room at once.  Who
         signed when is read from the signatures: one at the beginning counts as during, one at the end as after.  A
         signature is "at the kiosk" where the key that made it was made in a browser that had opened the roll call's
         own kiosk page.  Wall and kiosk are reached by codes
         of their own; no name stands on the wall, and its figures end with the roll call.  None is opened in a unit
         that has ended; one whose unit ends says so, on its page and on its wall.
Tables   rollcalls, rollcall_keys
Pages    /apel, /apel/baru, /apel/ID, /apel/ID/ubah, /apel/ID/terlambat (and .csv, .xlsx),
         /apel/CODE/dinding, /apel/CODE/kini.json, /apel/CODE/kios
"""
