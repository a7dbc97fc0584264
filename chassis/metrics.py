"""Counters at `/metrics`, in Prometheus' text format; labels are bounded by what the code declares."""

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

CALLS = Counter("fielddesk_calls_total", "RPC calls answered", ["method", "outcome"])
CALL_SECONDS = Histogram("fielddesk_call_seconds", "Time to answer an RPC call", ["method"])
FACTS_HEARD = Counter("fielddesk_facts_heard_total", "Facts handled by listeners", ["listener", "outcome"])
TIMERS = Counter("fielddesk_timers_total", "Runs of what is done again and again", ["timer", "outcome"])
FACTS_PUBLISHED = Counter("fielddesk_facts_published_total", "Facts published by the relay", ["event"])
FACTS_STUCK = Gauge("fielddesk_facts_stuck", "Facts in the outbox that nobody would take", ["service"])
FACTS_WAITING = Gauge("fielddesk_facts_waiting", "Facts in the outbox", ["service"])
DEAD_LETTERS = Gauge("fielddesk_dead_letters", "Messages in the inbox that nobody could handle", ["service"])
REFUSED_MESSAGES = Counter("fielddesk_refused_messages_total", "Messages refused and kept", ["reason"])
REQUESTS = Counter("fielddesk_http_requests_total", "HTTP requests", ["route", "status"])
MAILS_RECEIVED = Counter("fielddesk_mails_received_total", "Mails offered by SMTP", ["outcome"])
MAILS_SENT = Counter("fielddesk_mails_sent_total", "Mails sent or given up", ["outcome"])


def exposition():
    """Return `(body bytes, content type)` for `/metrics`."""
    return generate_latest(), CONTENT_TYPE_LATEST
