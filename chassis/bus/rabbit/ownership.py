"""Whose a virtual host is: the first installation on it leaves a mark, and every other one is refused.

Two desks on one virtual host would share their queues: what one has accepted would end in the other's databases.
"""

import logging

from amqp.exceptions import AccessRefused, PreconditionFailed

from chassis.bus.rabbit.connecting import connect
from chassis.settings import SettingsError

logger = logging.getLogger(__name__)

#: A queue that nobody uses: of all that a broker keeps, `rabbitmqctl` deletes queues only.
MARK = "fielddesk-installation"


class NotOurs(SettingsError):
    """The virtual host in `AMQP_URI` is another installation's; the message is for people."""

    def __init__(self):
        super().__init__(
            "Another installation works on the virtual host in AMQP_URI; give each one of its own. If it is this one "
            f"with a new TOKEN_PUBLIC_KEY, delete the queue {MARK} there: rabbitmqctl delete_queue {MARK} --vhost NAME."
        )


class NotAllowed(SettingsError):
    """The user in `AMQP_URI` lacks rights on its virtual host; the message is for people.

    :param why: the broker's own words.
    """

    def __init__(self, why):
        super().__init__(
            f"The broker does not allow the user in AMQP_URI what a desk does there ({why}); "
            "rabbitmqctl set_permissions --vhost NAME USER '.*' '.*' '.*' does."
        )


def claim(connection, installation_id):
    """Leave this installation's mark, or find it there.

    The broker declares and compares in one step: of two who come at once one is refused, and of two processes of one
    installation none. What it compares of a queue is a fixed list, in which only this argument may be any text.

    :param installation_id: `Settings.installation_id`.
    :raises NotOurs: another one's is there.
    """
    arguments = {"x-queue-type": "quorum", "x-dead-letter-exchange": f"fielddesk-{installation_id}"}
    channel = connection.channel()
    try:
        channel.queue_declare(MARK, durable=True, auto_delete=False, arguments=arguments)
    except PreconditionFailed:
        raise NotOurs from None
    channel.close()


def require_own(uri, installation_id):
    """Refuse another installation's broker at the start; where it is away, each later connection checks.

    :raises NotOurs: it is another one's.
    :raises NotAllowed: the user may not do there what a desk does.
    """
    try:
        connection = connect(uri, "fielddesk start")
    except Exception:
        logger.debug("The broker is away at the start.", exc_info=True)
        return
    try:
        claim(connection, installation_id)
    except AccessRefused as error:
        raise NotAllowed(error.reply_text) from None
    finally:
        connection.close()
