"""The nameko container of a service: its workers run one job each, on a fresh service instance."""

import logging

from nameko.containers import ServiceContainer
from nameko.extensions import DependencyProvider

logger = logging.getLogger(__name__)


class Given(DependencyProvider):
    """Sets an attribute of the running service on every instance: `database`, `files` or `settings`."""

    def get_dependency(self, worker_ctx):
        """Return what stands under the attribute's name."""
        return getattr(worker_ctx.container.member, self.attr_name)


class Container(ServiceContainer):
    """Runs the entrypoints of one service.

    :param member: `RunningService` that the entrypoints belong to.
    :param workers: jobs at once; transports take no more than that.
    """

    def __init__(self, service_class, member, workers):
        super().__init__(service_class, {"max_workers": workers})
        self.member = member
        for name in ("database", "files", "settings"):
            self.dependencies.add(Given().bind(self.interface, name))
        self.by_method = {entrypoint.method_name: entrypoint for entrypoint in self.entrypoints}

    def run(self, method_name, job):
        """Have a worker run `job(instance)`.

        :param method_name: of the entrypoint that it is for; any other is run under the first one there is.
        """
        entrypoint = self.by_method.get(method_name) or next(iter(self.entrypoints))
        self.spawn_worker(entrypoint, (job,), {})

    def _run_worker(self, worker_ctx, handle_result):
        # nameko would call the method itself; here the job does, inside its transaction.
        (job,) = worker_ctx.args
        try:
            self._inject_dependencies(worker_ctx)
            job(worker_ctx.service)
        except Exception:
            # An exception that left a worker would end the whole container.
            logger.exception("A job of %s failed.", self.service_name)
