"""Makes an administrator, who can then invite everybody else."""

import argparse
import secrets
import sys

from chassis.errors import DomainError, Unavailable
from infra.installation import Installation
from infra.local.server import database_server
from infra.refusal import Refusal
from infra.terminal import is_text, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("email", help="the address to sign in with")
    parser.add_argument("--name", default="Administrator", help="as others see it")
    parser.add_argument("--password-stdin", action="store_true", help="read it from stdin instead of making one")


def run(args: argparse.Namespace) -> int:
    """Makes the person; prints the password if it was made here."""
    # Imported here, because `./desk help` reads this module and need not wait for SQLAlchemy.
    from services.identity.administration import create_admin

    installation = Installation.from_environment()
    password = _typed_password() if args.password_stdin else secrets.token_urlsafe(12)
    with database_server(installation, only_looks=True) as owner_url:
        try:
            create_admin(installation.service_url("identity", owner_url), args.email, args.name, password)
        except DomainError as error:
            hint = " A desk that was never started is made by ./desk up." if isinstance(error, Unavailable) else ""
            raise Refusal(f"{args.email}: {_sentence(error)}{hint}") from error
    say(f"{args.email} is an administrator.")
    if not args.password_stdin:
        say(f"password: {password}")
    return 0


def _typed_password() -> str:
    refusal = Refusal("The password on stdin is not text in UTF-8.")
    try:
        password = sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise refusal from None  # Whose words show the password.
    if not is_text(password):
        raise refusal
    return password


def _sentence(error: DomainError) -> str:
    """What is wrong, field by field where the error names fields."""
    fields = (error.context or {}).get("fields", {})
    details = "; ".join(f"{name}: {' '.join(map(str, told))}" for name, told in fields.items())
    return details or error.detail or error.code
