"""Hands mails to an SMTP relay (RFC 5321) over one connection, opened for the first of them."""

import smtplib
import ssl
from time import monotonic

from services.notifications.senders.outcomes import PutOff, Refused, RelayAway

#: Seconds that the relay may take for one answer: some look at who asks, and for whom, for half a minute.
TIMEOUT_SECONDS = 60
#: The same once it has the mail: who leaves earlier sends it again to a relay that looks at it for long (RFC 5321,
#: 4.5.3.2.6).
LAST_ANSWER_SECONDS = 600
#: Answers that speak of our own login, not of the mail (RFC 4954, 6).
LOGIN_CODES = {530, 534, 535, 538}
#: The text of a mail is wanted; the connection ends (RFC 5321, 4.2.3).
GO_ON, GOODBYE = 354, 421
READ_AT_ONCE = 8_192


# All errors of `smtplib` are `OSError`s.
class _Left(smtplib.SMTPServerDisconnected):
    """The relay has ended the connection, and has nothing of the next mail."""


class _Answers:
    """What a relay says, line by line; each answer has the socket's timeout as a whole, however little comes of it.

    The file that smtplib makes of a socket waits so long for each byte: a relay that trickles would be listened to for
    days, with its mail locked and all others behind it.
    """

    def __init__(self, sock):
        self._sock = sock
        self._come = b""
        self.begin()

    def begin(self):
        """Wait for the next answer from now on."""
        self._ends = monotonic() + self._sock.gettimeout()

    def readline(self, most):
        """Return the next line, of so many bytes at the most; nothing at the end.

        :raises TimeoutError: the answer does not come to its end.
        """
        while b"\n" not in self._come and len(self._come) < most and (piece := self._piece()):
            self._come += piece
        end = min(self._come.find(b"\n") + 1 or most, most)
        line, self._come = self._come[:end], self._come[end:]
        return line

    def _piece(self):
        left, patience = self._ends - monotonic(), self._sock.gettimeout()
        try:
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(left)
            return self._sock.recv(READ_AT_ONCE)
        except TimeoutError:
            raise TimeoutError("the answer takes too long") from None
        finally:
            self._sock.settimeout(patience)

    def close(self):
        """Nothing is kept open."""


class _PatientSMTP(smtplib.SMTP):
    def mail(self, sender, options=()):
        """Begin a mail.

        :raises _Left: the connection has ended.
        """
        try:
            code, words = super().mail(sender, options)
        except OSError as error:
            raise _Left(f"the connection broke: {type(error).__name__}") from error
        if code == GOODBYE:
            raise _Left(_answer(code, words))
        return code, words

    def getreply(self):
        """Wait for an answer. Once the relay wants a mail's text, that and the answer to it may take long."""
        if self.file is None:
            self.file = _Answers(self.sock)
        self.file.begin()
        code, words = super().getreply()
        if code == GO_ON:
            self.sock.settimeout(LAST_ANSWER_SECONDS)
        return code, words

    def data(self, msg):
        """Hand over the text of a mail, and wait for the relay to have looked at it."""
        try:
            return super().data(msg)
        finally:
            if self.sock is not None:
                self.sock.settimeout(TIMEOUT_SECONDS)


class _PatientSMTPS(_PatientSMTP, smtplib.SMTP_SSL):
    pass


class SMTPSender:
    """Sends through a relay; certificates are verified.

    :param relay: `chassis.mail_relay.MailRelay`.
    :param own_name: name for EHLO, our mail domain.
    :param trust: `ssl.SSLContext`; none for the system's authorities.
    """

    def __init__(self, relay, own_name, trust=None):
        self._relay = relay
        self._own_name = own_name
        self._trust = trust
        self._connection = None

    def send(self, mail):
        """Hand one mail over.

        :raises Refused: the relay refused it for good (5yz).
        :raises PutOff: the relay asked to come back later (4yz), or the connection broke on the way.
        :raises RelayAway: there is no relay to talk to.
        """
        is_kept = self._connection is not None
        try:
            self._hand_over(mail)
        except _Left as error:
            self._drop()
            if not is_kept:
                raise PutOff(str(error)) from error
            # Relays end a connection after so many mails, or so much time. That is no fault of the next mail.
            self.send(mail)

    def _hand_over(self, mail):
        connection = self._connected()
        try:
            connection.sendmail(mail.sender, [mail.recipient], mail.content)
        except _Left:
            raise
        except smtplib.SMTPRecipientsRefused as error:
            self._judge(*next(iter(error.recipients.values())), error)
        except smtplib.SMTPResponseException as error:
            self._judge(error.smtp_code, error.smtp_error, error)
        except OSError as error:
            self._drop()
            raise PutOff(f"the connection broke: {type(error).__name__}") from error

    def close(self):
        """Take leave of the relay."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except OSError:
                connection.close()

    def _connected(self):
        if self._connection is None:
            try:
                self._connection = self._connect()
            except OSError as error:
                raise RelayAway(f"{self._relay.host}:{self._relay.port}: {_words(error)}") from error
        return self._connection

    def _connect(self):
        relay, trust = self._relay, self._trust or ssl.create_default_context()
        options = {"local_hostname": self._own_name, "timeout": TIMEOUT_SECONDS}
        if relay.encryption == "tls":
            connection = _PatientSMTPS(relay.host, relay.port, context=trust, **options)
        else:
            connection = _PatientSMTP(relay.host, relay.port, **options)
        try:
            if relay.encryption == "starttls":
                connection.starttls(context=trust)
            if relay.user:
                connection.login(relay.user, relay.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _judge(self, code, answer, error):
        if code == GOODBYE:
            self._drop()
        if code in LOGIN_CODES:
            self._drop()
            raise RelayAway(f"{self._relay.host}:{self._relay.port}: answered {_answer(code, answer)}") from error
        raise (Refused if 500 <= code < 600 else PutOff)(_answer(code, answer)) from error

    def _drop(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _answer(code, words):
    return f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"


def _words(error):
    if isinstance(error, smtplib.SMTPResponseException):
        return f"answered {_answer(error.smtp_code, error.smtp_error)}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
