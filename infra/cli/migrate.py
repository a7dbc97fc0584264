"""Makes the services' roles and databases where they are missing and brings each to its newest revision."""

import argparse

from infra import databases
from infra.installation import Installation
from infra.local.server import database_server
from infra.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares no options: DATABASE_URL or VAR_DIR say where."""


def run(_args: argparse.Namespace) -> int:
    """Migrates and says what was done, service by service."""
    installation = Installation.from_environment()
    with database_server(installation) as owner_url:
        databases.make_databases(installation, owner_url)
        for service, revisions in databases.migrate(installation, owner_url).items():
            say(f"{service}: {', '.join(revisions) or 'up to date'}")
    return 0
