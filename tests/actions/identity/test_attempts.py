"""How often passwords may be tried, also all at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chassis.errors import TooMany, Unauthenticated
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.identity.domain import TRIES_PER_ACCOUNT_IN_ALL
from services.identity.passwords import Passwords
from tests.actions.identity.given import PASSWORD, Refusing, contents, log_in, try_in_vain

WINDOW = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)


def succeed(database, email, *, now=MONDAY, origin=""):
    """Log in with the right password and commit."""
    with database.work(now=now) as work:
        log_in(work, email, origin=origin)
        work.commit()


@pytest.mark.parametrize("known", [True, False])
def test_ten_passwords_are_looked_at_then_none_for_a_known_and_an_unknown_address(database, committed, known):
    email = committed()["email"] if known else f"{new_id().hex}@people.example"
    looking = Refusing()
    codes = try_in_vain(database, email, 13, passwords=looking)
    assert codes == ["credentials_wrong"] * 10 + ["too_many_attempts"] * 3
    assert len(looking.compared) == 10


@pytest.mark.parametrize(
    ("after", "wait", "seconds"),
    [
        (timedelta(), "15 minutes", 900),
        (timedelta(minutes=13, seconds=1), "2 minutes", 119),
        (timedelta(minutes=14, seconds=59.5), "a minute", 1),
    ],
)
def test_even_the_right_password_waits_and_nothing_is_left_behind(database, committed, work, after, wait, seconds):
    email = committed()["email"]
    try_in_vain(database, email, 10)
    before, work.now = contents(work), MONDAY + after
    with pytest.raises(TooMany) as refused:
        log_in(work, email)
    assert refused.value.args == (
        "too_many_attempts",
        f"Too many wrong passwords. Try again in {wait}.",
        {"retry_after": seconds},
    )
    assert (contents(work), told(work)) == (before, [])


@pytest.mark.parametrize(
    ("stranger", "owner"),
    [("5.5.5.5", "5.5.5.6"), ("2001:4860::1", "2001:4860:0:100::1"), ("10.0.0.5", "10.0.0.6"), ("5.5.5.7", "")],
)
def test_a_stranger_elsewhere_signs_nobody_out(database, committed, stranger, owner):
    """However often they try: what is not looked at counts for nobody else."""
    email = committed()["email"]
    codes = try_in_vain(database, email, TRIES_PER_ACCOUNT_IN_ALL + 1, origin=stranger)
    assert codes == ["credentials_wrong"] * 10 + ["too_many_attempts"] * (TRIES_PER_ACCOUNT_IN_ALL - 9)
    succeed(database, email, origin=owner)
    assert try_in_vain(database, email, 1, origin=stranger) == ["too_many_attempts"]


def test_the_many_networks_of_one_home_are_one(database, committed):
    """An IPv6 connection of a home has 256 networks; whoever tried from each would sign the owner out."""
    email = committed()["email"]
    codes = [try_in_vain(database, email, 1, origin=f"2001:4860:4860:{number:x}::1")[0] for number in range(256)]
    assert codes == ["credentials_wrong"] * 10 + ["too_many_attempts"] * 246
    succeed(database, email, origin="5.5.5.9")


@pytest.mark.parametrize("known", [True, False])
def test_from_many_networks_no_more_than_two_hundred_passwords_are_looked_at(database, committed, work, known):
    """For a known and an unknown address alike; a right one among them gives back only itself."""
    email = committed()["email"] if known else f"{new_id().hex}@people.example"
    looking = Refusing()
    for number in range(TRIES_PER_ACCOUNT_IN_ALL // 10):
        codes = try_in_vain(database, email, 10, origin=f"7.{known:d}.{number}.7", passwords=looking)
        assert codes == ["credentials_wrong"] * 10
        if known and number == 10:
            succeed(database, email, origin="5.5.5.8")
    before = contents(work)
    assert try_in_vain(database, email, 1, origin="5.5.5.8", passwords=looking) == ["too_many_attempts"]
    assert (len(looking.compared), contents(work)) == (200, before)


def test_the_spelling_of_an_address_is_no_way_around(database, committed):
    email = committed()["email"]
    try_in_vain(database, email.upper(), 5)
    assert try_in_vain(database, f" {email} ", 6) == ["credentials_wrong"] * 5 + ["too_many_attempts"]


def test_a_window_ends_fifteen_minutes_after_its_first_try(database, committed):
    email = committed()["email"]
    try_in_vain(database, email, 1)
    try_in_vain(database, email, 10, now=MONDAY + 14 * MINUTE)
    last = MONDAY + WINDOW - timedelta(seconds=1)
    assert try_in_vain(database, email, 1, now=last) == ["too_many_attempts"]
    succeed(database, email, now=MONDAY + WINDOW)


def test_a_login_forgets_the_wrong_tries_before(database, committed):
    email = committed()["email"]
    try_in_vain(database, email, 9)
    succeed(database, email)
    assert try_in_vain(database, email, 10) == ["credentials_wrong"] * 10


def test_people_are_counted_apart(database, committed):
    first, second = committed()["email"], committed()["email"]
    try_in_vain(database, first, 11)
    for _ in range(2):
        succeed(database, second)
    assert try_in_vain(database, first, 1) == ["too_many_attempts"]


def test_a_network_that_sprays_over_many_people_gets_a_hundred_looks(database, committed):
    sprayed = [f"{new_id().hex}@people.example" for _ in range(11)]
    codes = []
    for email in sprayed:
        codes += try_in_vain(database, email, 10, origin="8.8.4.4")
    assert codes == ["credentials_wrong"] * 100 + ["too_many_attempts"] * 10
    succeed(database, committed()["email"], origin="8.8.8.8")


def test_a_network_gets_only_the_one_try_back_that_was_right(database, committed):
    email = committed()["email"]
    for _ in range(10):
        try_in_vain(database, f"{new_id().hex}@people.example", 9, origin="9.9.9.9")
        succeed(database, email, origin="9.9.9.9")
    last = [f"{new_id().hex}@people.example" for _ in range(2)]
    codes = [code for each in last for code in try_in_vain(database, each, 6, origin="9.9.9.9")]
    assert codes == ["credentials_wrong"] * 10 + ["too_many_attempts"] * 2


def test_right_passwords_at_once_are_all_let_in(database, committed):
    email = committed()["email"]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: succeed(database, email), range(16)))
    begun = "SELECT 1 FROM sessions JOIN people ON people.id = person_id WHERE email = %(email)s"
    assert len(database.read(begun, email=email)) == 16


def test_the_counts_hold_no_address_in_the_clear(database, committed):
    email = committed()["email"]
    try_in_vain(database, email, 1)
    assert email not in repr(database.read("SELECT * FROM attempts"))


def test_the_right_password_is_really_compared(database, committed):
    with database.work(now=MONDAY) as work, pytest.raises(Unauthenticated):
        log_in(work, committed()["email"], PASSWORD + "x", passwords=Passwords())
