"""How many clients are heard at once."""

import asyncio
from types import SimpleNamespace

import pytest

from services.inbound.smtp_desk import MOST_RECIPIENTS, MOST_SESSIONS, MOST_SESSIONS_EACH, SmtpDesk
from services.inbound.smtp_session import Mail


def desk_with(number, network):
    """Return a desk that hears so many clients of a network."""
    desk = SmtpDesk(None, None)
    desk.sessions = [SimpleNamespace(network=network) for _ in range(number)]
    return desk


TOO_MANY = "421 4.7.0 Too many connections"


@pytest.mark.parametrize(
    ("number", "network", "new", "refusal"),
    [
        (MOST_SESSIONS_EACH - 1, "203.0.113.9", "203.0.113.9", None),
        (MOST_SESSIONS_EACH, "203.0.113.9", "203.0.113.9", TOO_MANY),
        (MOST_SESSIONS_EACH, "203.0.113.9", "203.0.113.10", None),
        (MOST_SESSIONS_EACH, "2001:db8:1:100::/56", "2001:db8:1:100::/56", TOO_MANY),
        (MOST_SESSIONS_EACH, None, None, None),
        (MOST_SESSIONS - 1, None, None, None),
        (MOST_SESSIONS, None, "203.0.113.9", TOO_MANY),
    ],
)
def test_one_client_cannot_take_all_places(number, network, new, refusal):
    """The mail server on this host may use many; together there is a limit too."""
    assert desk_with(number, network).refusal_of(new) == refusal


def test_fewer_are_heard_where_there_is_less_room():
    """As where a process may open few files."""
    desk = SmtpDesk(None, None, most_sessions=2)
    desk.sessions = [SimpleNamespace(network=None)]
    assert desk.refusal_of(None) is None
    desk.sessions *= 2
    assert desk.refusal_of(None) == TOO_MANY


def test_nobody_new_is_heard_at_the_end():
    """Whoever comes while the process ends comes again."""
    desk = SmtpDesk(None, None)
    desk.is_ending = True
    assert desk.refusal_of(None) == "421 4.3.2 The service is ending"


class OneMailbox:
    """Stands for `Recipients`."""

    async def find(self, _address):
        """Know every address."""
        return True, None


def test_a_recipient_that_is_repeated_is_counted():
    """The list of them would grow without end."""
    desk, envelope = SmtpDesk(OneMailbox(), None), Mail()

    def answer():
        return asyncio.run(desk.handle_RCPT(None, None, envelope, "desk@desk.example", []))

    assert {answer() for _ in range(MOST_RECIPIENTS)} == {"250 2.1.5 OK"}
    assert answer() == "452 4.5.3 Too many recipients"
    assert (len(envelope.rcpt_tos), len(envelope.recipients)) == (MOST_RECIPIENTS, 1)
