"""Notices ("pemberitahuan"): what a person is told, on their own pages, of what was done to something of theirs.

Words    notice (one thing that happened, told to the one person whom it is about)
Rules    Written in the transaction of what it tells of, by the function that does it: no way there can forget it.
         Its facts are few and plain: numbers of certificates, classes, places in the ledger; never an identity
         number, never what somebody wrote about somebody.  Read is what its owner says they have read.
Tables   notices
Pages    /pemberitahuan, and the count in every page's menu
"""
