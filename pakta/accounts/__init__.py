"""Accounts: slips, activation, keys, sign-in, sessions, roles, recovery.

Words    slip (paper with a one-time code that ties the first key to a person), key (a public
         key enrolled in a person's name), account (what a person has after activation),
         sign-in (one signed-in browser), grant (a role over a unit and all below it),
         recovery (a new slip for a lost key, granted by two administrators)
Rules    a slip is used once, within 14 days, and a new one cancels the old; its code is stored
         as a keyed hash.  Every key enters with an enrolment record in the ledger, in one
         transaction with the used slip and the account.  A passphrase is for sign-in only,
         it never signs.  Unknown numbers cost the same time and get the same answer as wrong
         passphrases.  Sessions are rows: listed, ended by their owner, and ended at once when
         a role changes.  A recovery needs two different administrators, never the person, both
         of whom reach every role that the person holds.
Tables   accounts, person_keys, slips, sign_ins, role_grants, recoveries, challenges, attempts,
         access_log
Pages    /aktivasi, /masuk, /keluar, /akun, /pemulihan
Files    slips, enrolment, passkeys, passphrases, keys, sessions, grants, recovery, attempts,
         audit: one noun each; `service` is the face that other features use
"""
