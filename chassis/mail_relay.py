"""The relay that mail leaves by, as `SMTP_URL` names it; wrong ones are refused at the start of every process."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

PORTS = {"smtp": 25, "smtps": 465}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class MailRelay:
    """Host, port, and how the connection is secured."""

    host: str
    port: int
    encryption: str
    user: str
    password: str = field(repr=False)

    @classmethod
    def from_url(cls, url):
        """Read `smtp://[user:password@]host[:port][?starttls]` or `smtps://...`.

        :raises ValueError: it is none, or it would send a password in the clear to another host.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS[parts.scheme]
        except (ValueError, KeyError) as error:
            raise ValueError("wants smtp://host:port or smtps://") from error
        options = parse_qs(parts.query, keep_blank_values=True)
        if not parts.hostname:
            raise ValueError("no host")
        if options.keys() - {"starttls"}:
            raise ValueError("the only option is ?starttls")
        encryption = "tls" if parts.scheme == "smtps" else "starttls" if "starttls" in options else "none"
        if parts.password and encryption == "none" and parts.hostname not in LOOPBACK:
            raise ValueError("a password but no encryption: use smtps:// or add ?starttls")
        return cls(parts.hostname, port, encryption, unquote(parts.username or ""), unquote(parts.password or ""))
