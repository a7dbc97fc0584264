"""What is no JSON to the wire."""

import pytest

from chassis.bus import wire
from chassis.errors import Invalid
from gateway.problems import CODES


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b'{"a": NaN}',
        b"[" * 100_000,
        b'"\\ud800"',
        b"9" * 5000,
        b'{"kwargs": {"a": -' + b"9" * 5000 + b"}}",
    ],  # fmt: skip
    ids=lambda body: repr(body)[:20],
)
def test_broken_json_is_refused_by_one_name(body):
    """Also a number of more digits than Python reads, which is an error of another kind to it."""
    with pytest.raises(wire.Refused) as refused:
        wire.decode(body)
    assert refused.value.reason == "broken JSON"
    with pytest.raises(wire.Malformed):
        wire.decode_request(body)


def test_what_is_refused_may_have_a_name_that_is_no_unicode():
    """As py-amqp decodes it from a routing key; a reply that cannot be encoded would be none."""
    described = wire.decode(wire.error_reply(wire.UnknownMethod("\ud800")).body)["error"]
    assert (described["value"], described["exc_args"]) == ("\\ud800", ["\\ud800"])


def test_what_is_malformed_has_the_gateways_word_for_it():
    """Whoever finds it: the one who sends it, or the one who gets it."""
    with pytest.raises(Invalid) as unsent:
        wire.encode_request({"subject": "\ud83d"})
    reply = wire.error_reply(wire.Malformed("not JSON"))
    refused = wire.error_of(wire.decode(reply.body)["error"])
    assert (unsent.value.code, refused.code) == (CODES[400], CODES[400]) == ("request_malformed", "request_malformed")
