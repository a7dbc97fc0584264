"""What is no JSON to the wire."""

import pytest

from chassis.bus import wire
from chassis.errors import Invalid, NotFound
from gateway.problems import CODES


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b'{"a": NaN}',
        b"[" * 100_000,
        b'"\\ud800"',
        b'"\\uD800"',
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


def test_a_request_has_a_largest_size_and_one_type():
    """Of which the byte beyond is too much, wherever it is looked at."""
    frame = len(wire.encode_request({"note": ""}))
    whole = wire.encode_request({"note": "x" * (wire.LARGEST_REQUEST - frame)})
    assert len(whole) == wire.LARGEST_REQUEST
    assert wire.decode_request(whole).keys() == {"note"}
    with pytest.raises(Invalid) as unsent:
        wire.encode_request({"note": "x" * (wire.LARGEST_REQUEST - frame + 1)})
    assert unsent.value.code == "request_too_large"
    for body, content_type, reason in ((whole + b" ", wire.JSON, "too large"), (whole, "text/json", "not JSON")):
        with pytest.raises(wire.Malformed) as refused:
            wire.decode_request(body, content_type)
        assert refused.value.reason == reason


@pytest.mark.parametrize(("header", "text"), [("x" * 80, "x" * 80), ("x" * 81, ""), ("a\nb", ""), (7, ""), (None, "")])
def test_a_header_for_logs_and_columns_is_short_and_printable(header, text):
    assert wire.short_text(header) == text


@pytest.mark.parametrize(
    ("path", "kind"),
    [("chassis.errors.NotFound", NotFound), ("elsewhere.NotFound", wire.InternalError), ("", wire.InternalError)],
)
def test_a_refusal_is_ours_by_where_it_is_defined(path, kind):
    described = {"exc_type": "NotFound", "exc_path": path, "exc_args": ["not_found", "No.", {}], "value": "no"}
    assert type(wire.error_of(described)) is kind


def test_a_reason_that_is_kept_is_no_longer_than_needed():
    assert str(wire.Refused("broken")) == "broken"
    assert str(wire.Refused("broken", "x" * 3_000)) == "broken: " + "x" * 1_992
