"""nameko as it comes, in a process of its own: what a script or service of somebody else's would use.

`python -m tests.bus.stock_peer URI TOKEN`: prints one JSON line for each thing that it saw.
"""

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import sys  # noqa: E402

from nameko.containers import ServiceContainer  # noqa: E402
from nameko.events import event_handler  # noqa: E402
from nameko.exceptions import MethodNotFound, RemoteError, deserialize_to_instance  # noqa: E402
from nameko.standalone.rpc import ClusterRpcProxy, ServiceRpcProxy  # noqa: E402

from chassis.errors import NotFound  # noqa: E402


def show(**seen):
    """Print what was seen."""
    print(json.dumps(seen), flush=True)


class Stranger:
    """A service written by somebody else."""

    name = "stranger"

    @event_handler("teller", "Said")
    def said(self, payload):
        """Show the fact that was heard."""
        show(heard=payload)


def main():
    """Listen and call."""
    config = {"AMQP_URI": sys.argv[1]}
    context = {"auth_token": sys.argv[2], "request_id": "from-a-stranger"}
    container = ServiceContainer(Stranger, config)
    container.start()
    with ServiceRpcProxy("teller", config, context_data=context, timeout=10) as teller:
        call_as_others_would(teller)
    deserialize_to_instance(NotFound)
    with ClusterRpcProxy(config, context_data=context, timeout=10) as cluster:
        call_knowing_the_errors(cluster.teller)
    show(listening=True)
    container.wait()


def call_as_others_would(teller):
    """Call without knowing anything of this product."""
    show(result=teller.whoami())
    show(raw=teller.raw())
    show(counted=[teller.count(amount=4), teller.count(amount=4)])
    for kind, name in (("NotFound", "remote"), ("bug", "failure")):
        try:
            teller.refuse(kind=kind)
        except RemoteError as error:
            show(**{name: [error.exc_type, error.value]})


def call_knowing_the_errors(teller):
    """Call with the errors registered that the contract names."""
    try:
        teller.refuse(kind="NotFound")
    except NotFound as error:
        show(domain=[error.code, error.detail, error.context])
    try:
        teller.levitate()
    except MethodNotFound as error:
        show(unknown=str(error))


if __name__ == "__main__":
    main()
