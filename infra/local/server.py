"""The database server for commands that run beside the desk, or without it."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2.errors import UndefinedColumn, UndefinedTable

from infra.installation import Installation
from infra.local.postgres import Postgres
from infra.local.state import State
from infra.refusal import Refusal


@contextmanager
def database_server(installation: Installation, only_looks: bool = False) -> Iterator[str]:
    """Gives the owner's URL: DATABASE_URL, the running desk's, or of a server for this one command.

    only_looks: a Refusal where there is no desk yet, rather than an empty server. A Refusal, too, where what is done
    with it finds databases that nobody has migrated, as after a first start that was cut off.
    """
    try:
        with _server(installation, only_looks) as owner_url:
            yield owner_url
    except Exception as error:
        # SQLAlchemy wraps what psycopg2 says, and is not imported only to look.
        if not isinstance(getattr(error, "orig", error), (UndefinedTable, UndefinedColumn)):
            raise
        raise Refusal("The databases are not those of this version; ./desk migrate brings them there.") from error


@contextmanager
def _server(installation: Installation, only_looks: bool) -> Iterator[str]:
    owner_url = installation.setting("DATABASE_URL")
    if owner_url:
        yield owner_url
        return
    state = State(installation.var_dir)
    if state.is_held():
        owner_url = state.running().get("owner_url")
        if not owner_url:
            raise Refusal("The desk is just starting; try again when it is ready.")
        yield owner_url
        return
    folder = installation.var_dir / "postgres"
    if only_looks and not folder.exists():
        raise Refusal(f"There is no desk in {installation.var_dir} yet; ./desk up makes one.")
    installation.make_var_dir()
    with state.held():
        postgres = Postgres(folder)
        try:
            yield postgres.start()
        finally:
            postgres.stop()
