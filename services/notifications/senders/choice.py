"""Which way out a process uses."""

from chassis.mail_relay import MailRelay
from services.notifications.senders.maildir import MaildirSender
from services.notifications.senders.smtp import SMTPSender


def sender_of(settings):
    """Return the sender that the settings ask for: `SMTP_URL`, or the maildir in `VAR_DIR`."""
    url = settings.get("SMTP_URL")
    if url:
        return SMTPSender(MailRelay.from_url(url), settings.mail_domain)
    return MaildirSender(settings.var_dir / "outgoing-mail")
