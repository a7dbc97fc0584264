"""When demo data is loaded: once, into new databases, on loopback only, for its password is known to all."""

from contextlib import closing, suppress

from chassis.errors import Conflict
from infra import demo
from infra.database_urls import connected
from infra.installation import Installation
from infra.refusal import Refusal
from infra.terminal import say

ADMIN = f"admin@{demo.DOMAIN}"
PENDING, LOADED = "pending", "loaded"
OPEN = (
    "Everybody knows the demo logins' password, so with them HTTP_HOST is a loopback address; start with --no-demo,"
    " in a new VAR_DIR and on new databases if these have them."
)
_HASHES = "SELECT password_hash FROM people WHERE email LIKE %s AND active AND password_hash IS NOT NULL"


class DemoData:
    """The demo data of one installation; a file in VAR_DIR remembers what became of it.

    is_wanted: whether new databases get it.
    """

    def __init__(self, installation: Installation, is_wanted: bool):
        self.installation, self.is_wanted = installation, is_wanted
        self.file = installation.var_dir / "demo"
        host = installation.http_host
        address = f"http://[{host}]" if ":" in host else f"http://{host}"
        self.is_open = not demo.is_loopback(address)
        if self.is_open and (is_wanted or self._state() == LOADED):
            raise Refusal(OPEN)

    def refuse_known_logins(self, identity_url: str) -> None:
        """Raises Refusal where strangers could sign in as somebody of the demo, whichever folder loaded it.

        identity_url: of identity's database, which another VAR_DIR may have filled.
        """
        if not self.is_open:
            return
        from services.identity.passwords import Passwords

        with closing(connected(identity_url)) as connection, connection.cursor() as cursor:
            cursor.execute(_HASHES, [f"%@{demo.DOMAIN}"])
            hashes = [row[0] for row in cursor.fetchall()]
        if any(Passwords().match(one, demo.PASSWORD) for one in hashes):
            raise Refusal(OPEN)

    def note_new(self, created: list[str]) -> None:
        """Remembers, before anything can fail, that new databases wait for the demo data."""
        if created and self.is_wanted:
            self.file.write_text(PENDING)

    def load(self, identity_url: str) -> None:
        """Loads what is pending, through the API of the running desk.

        identity_url: of identity's database, in which the demo's administrator is made.
        """
        if self._state() != PENDING or not self.is_wanted:
            return
        from services.identity.administration import create_admin  # Slow to import, and needed once.

        say("loading the demo data ...")
        with suppress(Conflict):  # An earlier load was interrupted after this.
            create_admin(identity_url, ADMIN, "Ada Admin", demo.PASSWORD)
        try:
            demo.load(self.installation.base_url)
        except demo.DemoError as error:
            raise Refusal(f"The demo data could not be loaded: {error}") from error
        self.file.write_text(LOADED)

    def logins(self) -> list[str]:
        """Lines that say how to sign in."""
        if self._state() != LOADED:
            return []
        names = ", ".join(("admin", *demo.PEOPLE))
        return [
            f"  sign in as {names} @{demo.DOMAIN}, password {demo.PASSWORD}",
            f"  write to desk@{demo.DOMAIN}",
        ]

    def _state(self) -> str:
        try:
            return self.file.read_text()
        except FileNotFoundError:
            return ""
