"""What is settled of a request before anything answers it, and the status of what is none."""

from unittest.mock import Mock

import pytest
from gunicorn.http import errors

from gateway.http_syntax import settle, status_of
from gateway.problems import TooSlow


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidHeader("HOST"), 400),
        (errors.LimitRequestLine(9, 8), 414),
        (errors.LimitRequestHeaders("many"), 431),
        (errors.UnsupportedTransferCoding("gzip"), 501),
        (TooSlow(), 408),
        (errors.ConfigurationProblem("ours"), None),
        (errors.InvalidResponseHeader("ours"), None),
        (ValueError(), None),
    ],
)
def test_what_is_no_request_has_a_status_and_what_is_our_fault_has_none(error, status):
    assert status_of(error) == status


@pytest.mark.parametrize("host", [None, "a b", "a@b", "[::1"])
def test_a_request_says_which_host_it_is_for_in_the_header_for_that(host):
    """Whatever other headers stand before it."""
    headers = [("USER-AGENT", "desk.example"), *([("HOST", host)] if host else [])]
    with pytest.raises(errors.InvalidHeader):
        settle(Mock(headers=headers, version=(1, 1)))
    settle(Mock(headers=[("USER-AGENT", "a b"), ("HOST", "desk.example:80")], version=(1, 1)))
