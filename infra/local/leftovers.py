"""What a killed `./desk up` leaves behind: programs, PostgreSQL, RabbitMQ."""

from infra.installation import Installation
from infra.local.postgres import Postgres
from infra.local.rabbit import Rabbit
from infra.local.state import State


def end_leftovers(installation: Installation) -> int:
    """Ends whatever still runs of a desk whose supervisor is gone; returns how many processes that were.

    The caller holds the installation's lock, or knows that nobody does.
    """
    ended = State(installation.var_dir).end_leftovers()
    for server, folder in ((Postgres, "postgres"), (Rabbit, "rabbitmq")):
        if (installation.var_dir / folder).exists():
            ended += server(installation.var_dir / folder).end_leftover()
    return ended
