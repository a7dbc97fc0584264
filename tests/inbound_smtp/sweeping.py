"""The sweeps of inbound's service, run as its clocks do, and what they tell."""

from chassis.actors import system_actor
from tests.inbound_smtp.running import OWN_MAIL
from tests.waiting import eventually

ACTOR = system_actor("inbound")


class Settings:
    """What the sweeps need of the settings."""

    links, mail_domain = OWN_MAIL.links, OWN_MAIL.domain


def sweep(reading, smtp):
    """Run both sweeps once, as the service's clocks do."""
    reading.read_fresh(smtp.database, Settings, ACTOR)
    reading.look_at_slow(smtp.database, Settings, ACTOR)


def told(smtp):
    """Return the facts told, by subject."""
    rows = smtp.database.read("SELECT payload FROM outbox WHERE name = 'MessageReceived' ORDER BY id")
    return {row.payload["subject"]: row.payload for row in rows}


def sweep_until_told(reading, smtp, number):
    """Run the sweeps until so many mails were told; return the facts by subject."""

    def look():
        sweep(reading, smtp)
        facts = told(smtp)
        assert len(facts) == number, sorted(facts)
        return facts

    return eventually(look, within=30, what=f"{number} facts")
