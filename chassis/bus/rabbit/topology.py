"""Exchanges, queues and bindings of the whole desk, in place before the first fact is published.

A fact goes to the queues that are bound when it is published. A listener that has never run would miss it,
and `mandatory` would not tell as long as anybody else is bound. So everything is declared for all services at
once: `python -m chassis.bus.rabbit.topology` does it (AMQP_URI in the environment), and a relay that finds
the mark of its release missing on the broker has it done.
"""

import hashlib
import os
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from time import monotonic

from amqp.exceptions import NotFound, PreconditionFailed

from chassis.bus.facts import GRANTS
from chassis.bus.rabbit.connecting import connect
from chassis.bus.rabbit.methods import open_channel
from chassis.contract import Event

#: Takes, and drops, the facts that no service hears: without it they would wait in their outbox for ever.
UNHEARD = "events-unheard"
#: It takes one and a half of processor time: where twenty others want each core, half a minute.
DECLARING_SECONDS = 120
#: Seconds between two signs of life meanwhile.
SIGN_SECONDS = 2
#: Held by the connection whose process is having everything declared, so that one does and not all at once.
DECLARING = "fielddesk.topology.declaring"


def exchange_of(service):
    """Return the name of the exchange for a service's facts; a stock nameko listener expects this one."""
    return f"{service}.events"


def queue_of(service):
    """Return the name of the queue of what a service hears."""
    return f"events-{service}"


def grants_queue_of(service):
    """Return the name of the queue of the rights taken away, which nothing else delays."""
    return f"grants-{service}"


def declare_listener(connection, service, heard):
    """Declare the queues of one listening service and bind them.

    :param heard: `[(source, event name)]`.
    """
    channel = open_channel(connection)
    for source in {service, GRANTS[0], *(source for source, _ in heard)}:
        channel.exchange_declare(exchange_of(source), "topic", durable=True, auto_delete=False)
    for queue, names in ((queue_of(service), heard), (grants_queue_of(service), [GRANTS])):
        declare_quorum_queue(connection, queue)
        for source, name in names:
            channel.queue_bind(queue, exchange_of(source), name)
    channel.close()


def declare_quorum_queue(connection, queue):
    """Declare a durable quorum queue whose messages are never dropped for being delivered often.

    From RabbitMQ 4.0 on the limit is 20 unless the queue says -1. Before 4.0 there is none, and a queue that
    says -1 *drops* a message the first time it comes back (measured on 3.10.8). A queue that was declared
    otherwise, by an older broker, is taken as it is.
    """
    arguments = {"x-queue-type": "quorum"}
    if int(connection.server_properties["version"].split(".")[0]) >= 4:
        arguments["x-delivery-limit"] = -1
    declare_queue(connection, queue, arguments)


def declare_queue(connection, queue, arguments):
    """Declare a durable queue; one that was declared otherwise is taken as it is."""
    channel = open_channel(connection)
    try:
        channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)
    except PreconditionFailed:
        channel = open_channel(connection)
        channel.queue_declare(queue, passive=True)
    channel.close()


def declare_all(connection, package):
    """Declare what every service of a package hears, what nobody hears, then the mark that all is there.

    What an earlier release had a service hear, and this one does not, would become dead letters: it is unbound.
    """
    from chassis.bus.running import listeners_of, service_class_of

    heard_by = {name: set(listeners_of(service_class_of(package, name))) for name in services_in(package)}
    for name, heard in heard_by.items():
        declare_listener(connection, name, sorted(heard))
    channel = open_channel(connection)
    arguments = {"x-message-ttl": 0, "x-max-length": 1}
    channel.queue_declare(UNHEARD, durable=True, auto_delete=False, arguments=arguments)
    told = {(name, event) for name in heard_by for event in events_of(package, name)} - {GRANTS}
    bound = {queue_of(name): heard for name, heard in heard_by.items()}
    bound[UNHEARD] = told.difference(*heard_by.values())
    for queue, facts in bound.items():
        for source, event in sorted(told):
            change = channel.queue_bind if (source, event) in facts else channel.queue_unbind
            change(queue, exchange_of(source), event)
    channel.exchange_declare(mark_of(package), "fanout", durable=True, auto_delete=False)
    channel.close()


def is_declared(connection, package, service):
    """Whether the broker has the topology of this release, and the exchange of a service: bindings go with it."""
    channel = open_channel(connection)
    try:
        channel.exchange_declare(mark_of(package), "fanout", passive=True)
        channel.exchange_declare(exchange_of(service), "topic", passive=True)
    except NotFound:
        return False
    channel.close()
    return True


def declare_in_child(connection, uri, package):
    """Have a process of its own declare everything: it imports all services, which this one need not carry.

    :raises amqp.exceptions.ResourceLocked: another relay is having it done.
    :raises subprocess.SubprocessError: it did not work.
    """
    channel = open_channel(connection)
    channel.queue_declare(DECLARING, exclusive=True)
    command = [sys.executable, "-m", __name__, package]
    environment = {**os.environ, "AMQP_URI": uri}
    _await(connection, subprocess.Popen(command, env=environment))
    channel.queue_delete(DECLARING)
    channel.close()


def _await(connection, process):
    """Wait for a process to end well; on a busy machine that takes longer than the broker waits for a sign of life."""
    ends = monotonic() + DECLARING_SECONDS
    while monotonic() < ends:
        connection.send_heartbeat()
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(SIGN_SECONDS)
            if code:
                raise subprocess.CalledProcessError(code, process.args)
            return
    process.kill()
    process.wait()
    raise subprocess.TimeoutExpired(process.args, DECLARING_SECONDS)


def services_in(package):
    """Return the names of the services that lie in a package."""
    folder = Path(import_module(package).__file__).parent
    return sorted(module.parent.name for module in folder.glob("*/service.py"))


def events_of(package, service):
    """Return the names of the facts that a service's contract declares."""
    members = vars(import_module(f"{package}.{service}.contract")).values()
    kinds = [member for member in members if isinstance(member, type) and issubclass(member, Event)]
    return {kind.__name__ for kind in kinds if kind.source == service}


def mark_of(package):
    """Return the name of the exchange that marks this release's topology as declared."""
    digest = hashlib.sha256(package.encode())
    folder = Path(import_module(package).__file__).parent
    for name in services_in(package):
        # A contract is a module or, when it has outgrown one, a package.
        for file in sorted([*(folder / name).glob("contract.py"), *(folder / name).glob("contract/*.py")]):
            digest.update(file.read_bytes())
        digest.update((folder / name / "service.py").read_bytes())
    return f"fielddesk.topology.{digest.hexdigest()[:16]}"


def main():
    """Declare the topology of the package named on the command line, `services` if none is."""
    package = sys.argv[1] if len(sys.argv) > 1 else "services"
    connection = connect(os.environ["AMQP_URI"], "fielddesk topology")
    try:
        declare_all(connection, package)
    finally:
        connection.close()


if __name__ == "__main__":
    main()
