"""What other features ask of accounts.  Each function is documented where it is defined.

slips        print_slip, check_slip, slip_by_code, keys_of_slip, cancel_slips
enrolment    start_passkey, enrol_passkey, enrol_device (all know a slip by its id)
sign-in      check_passphrase and check_passkey say whose account; `sessions.open` opens it
keys         keys_of, hold_keys, usable_keys, key_by_id, standing_key, key_to_sign_with,
             key_stands, suspend_key, vouch_for_key, revoke_key, revoke_keys_again
roles        grant_role, end_role, grants_of, account_of
records      record (the access log), take_try, give_back_try and forget_tries_of (counted attempts)
passphrase   hash_passphrase
"""

from __future__ import annotations

from pakta.accounts.attempts import forget as forget_tries_of
from pakta.accounts.attempts import give_back as give_back_try
from pakta.accounts.attempts import take as take_try
from pakta.accounts.audit import record
from pakta.accounts.enrolment import enrol_device, enrol_passkey, start_passkey
from pakta.accounts.grants import account_of, end_role, grant_role
from pakta.accounts.grants import of_account as grants_of
from pakta.accounts.keys import by_id as key_by_id
from pakta.accounts.keys import hold as hold_keys
from pakta.accounts.keys import is_standing as key_stands
from pakta.accounts.keys import of_person as keys_of
from pakta.accounts.keys import revoke as revoke_key
from pakta.accounts.keys import revoke_again as revoke_keys_again
from pakta.accounts.keys import standing as key_to_sign_with
from pakta.accounts.keys import standing as standing_key
from pakta.accounts.keys import suspend as suspend_key
from pakta.accounts.keys import usable as usable_keys
from pakta.accounts.keys import vouch as vouch_for_key
from pakta.accounts.passphrases import make as hash_passphrase
from pakta.accounts.signin import check_passkey, check_passphrase
from pakta.accounts.signin import start_passkey as start_passkey_sign_in
from pakta.accounts.slips import by_code as slip_by_code
from pakta.accounts.slips import cancel_all_unused as cancel_slips
from pakta.accounts.slips import check_slip, print_slip
from pakta.accounts.slips import keys_after as keys_of_slip

__all__ = [
    "account_of",
    "cancel_slips",
    "check_passkey",
    "check_passphrase",
    "check_slip",
    "end_role",
    "enrol_device",
    "enrol_passkey",
    "forget_tries_of",
    "give_back_try",
    "grant_role",
    "grants_of",
    "hash_passphrase",
    "hold_keys",
    "key_by_id",
    "key_stands",
    "key_to_sign_with",
    "keys_of",
    "keys_of_slip",
    "print_slip",
    "record",
    "revoke_key",
    "revoke_keys_again",
    "slip_by_code",
    "standing_key",
    "start_passkey",
    "start_passkey_sign_in",
    "suspend_key",
    "take_try",
    "usable_keys",
    "vouch_for_key",
]
