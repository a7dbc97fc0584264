"""Passwords: Argon2id, and the same work where there is none."""

import pytest

from services.identity.passwords import Passwords


def test_a_password_fits_its_own_hash_only():
    passwords = Passwords()
    kept = passwords.hash("a long enough password")
    assert passwords.match(kept, "a long enough password") is True
    assert passwords.match(kept, "a long enough passwore") is False


def test_the_hash_is_argon2id_with_the_chosen_cost_and_a_fresh_salt():
    passwords = Passwords()
    first, second = passwords.hash("correct horse"), passwords.hash("correct horse")
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second


@pytest.mark.parametrize("kept", [None, "", "not a hash", "$argon2id$v=19$broken"])
def test_without_a_hash_nothing_fits(kept):
    assert Passwords().match(kept, "any password") is False


def test_an_absent_hash_costs_one_comparison_like_a_present_one():
    calls = []

    def run(function, *arguments):
        calls.append((function.__name__, len(arguments)))
        return function(*arguments)

    passwords = Passwords(run)
    kept = passwords.hash("a long enough password")
    passwords.match(kept, "wrong")
    passwords.match(None, "wrong")
    assert calls == [("hash", 1), ("_matches", 2), ("_matches", 2)]
