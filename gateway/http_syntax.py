"""What is no request, and the status that says so: both servers of ours read requests with gunicorn's parser."""

from gunicorn.http import errors

from gateway.problems import TooSlow

#: Bytes of the first line of a request at the most.
LONGEST_FIRST_LINE = 8190

#: What is no request and has a status of its own; the rest is 400.
_STATUSES = {
    errors.LimitRequestLine: 414,
    errors.LimitRequestHeaders: 431,
    errors.UnsupportedTransferCoding: 501,
    TooSlow: 408,
}
#: What gunicorn calls a parsing error and is a fault of the server's side.
_OURS = (errors.ConfigurationProblem, errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)


def status_of(error):
    """Return the status of the refusal of what is no request, `None` for any other error."""
    if isinstance(error, _OURS) or not isinstance(error, (errors.ParseException, TooSlow)):
        return None
    return _STATUSES.get(type(error), 400)
