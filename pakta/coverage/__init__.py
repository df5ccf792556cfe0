"""Coverage: who has signed and who has not, by unit.

Words    share (signed of asked), unsigned, excused (out of the sums, but listed), course (a share day by day)
Rules    sums come from the roster's counters, never from counting people; names are for
         those whose role covers the unit, and every look is logged; a unit outside the
         scope does not exist for its visitor; the public sees shares, once a day, never a group below 10;
         in marked institutions (TNI, Polri) others see a percentage only; a past day has figures, never names
Pages    /cakupan, /cakupan/UNIT (?hari=2026-11-20 a past day), /cakupan/UNIT.csv, /cakupan/UNIT.xlsx,
         /cakupan/UNIT/daftar (for paper), /cakupan/UNIT/kini.json, /pengawas,
         /cakupan-umum, /cakupan-umum/INSTITUTION (day by day)
"""
