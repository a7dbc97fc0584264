"""What is no request, and the status that says so: both servers of ours read requests with gunicorn's parser."""

import re

from gunicorn.http import errors

from gateway.problems import TooSlow

#: Bytes of the first line of a request at the most.
LONGEST_FIRST_LINE = 8190

#: What stands in Host (RFC 9110, 7.2; RFC 3986, 3.2.2): a name or an address, in brackets that of IPv6, and a port.
_HOST = re.compile(r"(?:\[[\w.:%~!$&'()*+,;=-]+\]|(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?", re.ASCII)
#: What is no request and has a status of its own; the rest is 400.
_STATUSES = {
    errors.LimitRequestLine: 414,
    errors.LimitRequestHeaders: 431,
    errors.UnsupportedTransferCoding: 501,
    TooSlow: 408,
}
#: What gunicorn calls a parsing error and is a fault of the server's side.
_OURS = (errors.ConfigurationProblem, errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)


def settle(asked):
    """Take of a request what gunicorn's parser leaves, before it is answered.

    Of a later HTTP/1 the answer is HTTP/1.1 (RFC 9110, 2.5); `close` ends the connection beside other options, too
    (RFC 9112, 9.6).

    :param asked: `gunicorn.http.message.Request`.
    :raises InvalidHeader: it says not, or not well, which host it is for.
    :raises UnsupportedTransferCoding: its body is compressed on the way.
    """
    _require_host(asked)
    _require_plain_chunks(asked)
    asked.version = min(asked.version, (1, 1))
    if "close" in _listed(asked, "CONNECTION"):
        asked.force_close()


def status_of(error):
    """Return the status of the refusal of what is no request, `None` for any other error."""
    if isinstance(error, _OURS) or not isinstance(error, (errors.ParseException, TooSlow)):
        return None
    return _STATUSES.get(type(error), 400)


def _require_host(asked):
    # RFC 9112, 3.2; only HTTP/1.0 may lack it, and two are refused already.
    host = next((value for name, value in asked.headers if name == "HOST"), None)
    if host is None and asked.version > (1, 0) or not _HOST.fullmatch(host or ""):
        raise errors.InvalidHeader("HOST")


def _require_plain_chunks(asked):
    # gunicorn takes the chunks of what else a body is coded in for the body (RFC 9112, 6.1).
    if _listed(asked, "TRANSFER-ENCODING") not in ([], ["chunked"]):
        raise errors.UnsupportedTransferCoding("TRANSFER-ENCODING")


def _listed(asked, header):
    """Return what the lines of a header list, in lower case."""
    listed = ",".join(value for name, value in asked.headers if name == header).lower().split(",")
    return [each for each in map(str.strip, listed) if each]
