"""Sending what waits: a try is counted and committed, then the mail is handed over with its row locked.

The lock has another process pass the row over, and ends with a process that dies; then the mail is sent again under
the same Message-ID (SMTP is at least once, RFC 5321, 4.5.4). The count has it sent a few times at the most where what
became of it cannot be stored: on a full disk one mail went out twice a second.
"""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from time import monotonic

from chassis import logs, metrics
from chassis.actors import system_actor
from services.notifications import queries
from services.notifications.access import hindrance
from services.notifications.actions.composing import compose
from services.notifications.contract import DeliveryFailed, DeliverySent, Notifications, ReceiptSent
from services.notifications.domain import GIVE_UP_AFTER, MOST_TRIES, RELAY_PAUSE, clean_line, retry_after
from services.notifications.senders.outcomes import PutOff, Refused, RelayAway

log = logs.get(__name__)

#: Seconds after which a sweep begins no further mail; the next one goes on.
SWEEP_SECONDS = 5
#: Seconds after which the relay is at one mail for long, so that another sweep goes past it.
OVERTAKEN_AFTER_SECONDS = 10
#: Sweeps at once at the most: each has a connection to the database in hand.
MOST_LANES = 3
ACTOR = system_actor(Notifications.service)


def send_waiting(database, new_sender, settings, store):
    """Send what is due, until nothing is, or the sweep's time is over; a mail that takes long is overtaken.

    :param new_sender: function that returns one of `senders/`, for each sweep its own.
    :param store: `chassis.files.FileStore`.
    """
    most = lanes_of(settings.pool_size)
    failed = []
    with ThreadPoolExecutor(most) as lanes:

        def another():
            return lanes.submit(_sweep, database, new_sender(), settings, store)

        sweeps = {another()}
        while sweeps:
            ended, sweeps = wait(sweeps, timeout=OVERTAKEN_AFTER_SECONDS)
            failed += [sweep for sweep in ended if sweep.exception()]
            if sweeps and len(sweeps) < most:
                sweeps.add(another())
    # Not before: whatever ended one sweep, a mail that takes long is still to be overtaken.
    for sweep in failed:
        sweep.result()


def lanes_of(connections):
    """Return how many sweeps at once leave half of the connections to whatever else the process does."""
    return max(1, min(MOST_LANES, connections // 2))


def _sweep(database, sender, settings, store):
    ends = monotonic() + SWEEP_SECONDS
    try:
        while monotonic() < ends:
            with database.work(actor=ACTOR) as work:
                delivery_id = claim_next(work)
                work.commit()
            if delivery_id is None:
                break
            with database.work(actor=ACTOR) as work:
                goes_on = send_claimed(work, delivery_id, sender, settings, store)
                work.commit()
            if not goes_on:
                break
    finally:
        sender.close()


def claim_next(work):
    """Count a try of the mail that is due first; return its id, `None` where none is due. To be committed at once."""
    claimed = work.one(queries.CLAIM_NEXT, now=work.now)
    return claimed and claimed.id


def send_claimed(work, delivery_id, sender, settings, store):
    """Send a mail whose try is counted, and tell what became of it.

    :returns: whether there may be another one to send.
    """
    delivery = work.one(queries.CLAIMED, id=delivery_id)
    if delivery is None:
        return True
    address = delivery.person_email or delivery.recipient if delivery.ticket_id else delivery.recipient
    reason = hindrance(delivery, address, settings.mail_domain)
    if delivery.tries > MOST_TRIES:
        _fail(work, delivery, address, "what became of it could not be stored")
    elif reason == "address_unusable":
        _fail(work, delivery, address, reason)
    elif reason is not None:
        _settle(work, delivery, address, "cancelled", error=reason)
    else:
        return _hand_over(work, delivery, address, sender, settings, store)
    return True


def _hand_over(work, delivery, address, sender, settings, store):
    try:
        mail = compose(delivery, address, settings, store)
    except Exception as error:
        # One mail that cannot be made must not hold up all the others.
        log.error("a mail could not be composed", delivery_id=str(delivery.id), exc_info=error)
        _fail(work, delivery, address, f"could not be composed: {type(error).__name__}")
        return True
    try:
        _send(work, sender, mail)
    except Refused as error:
        _fail(work, delivery, address, _without_proofs(error, mail))
    except PutOff as error:
        _put_off(work, delivery, address, _without_proofs(error, mail))
    except RelayAway as error:
        return _wait_for_relay(work, delivery, address, _without_proofs(error, mail))
    else:
        _record_sent(work, delivery, address)
    return True


def _without_proofs(error, mail):
    """Return what a relay answers without what proves for whom the mail is: many quote return path or Message-ID."""
    reply_token = mail.sender.partition("@")[0].rpartition("+")[2]
    mark = mail.message_id.partition("@")[0].rpartition(".")[2]
    answer = str(error)
    for proof in filter(None, (reply_token, mark)):
        answer = answer.replace(proof, "…")
    return answer


def _send(work, sender, mail):
    began = monotonic()
    try:
        sender.send(mail)
    finally:
        # The relay may have taken minutes: what came of the mail, and when it is tried again, is counted from now on.
        work.now += timedelta(seconds=int(monotonic() - began))


def _record_sent(work, delivery, address):
    _settle(work, delivery, address, "sent", tries=delivery.tries, sent_at=work.now)
    about = {
        "delivery_id": delivery.id,
        "ticket_id": delivery.ticket_id,
        "participant_id": delivery.participant_id,
    }
    if delivery.kind == "receipt":
        work.tell(ReceiptSent, **about, sent_at=work.now)
    else:
        work.tell(DeliverySent, **about, person_id=delivery.person_id, kind=delivery.kind, sent_at=work.now)


def _put_off(work, delivery, address, error):
    pause = retry_after(delivery.tries)
    if pause is None:
        _fail(work, delivery, address, error, tries=delivery.tries)
    else:
        due = work.now + pause
        _settle(work, delivery, address, "waiting", tries=delivery.tries, error=error, next_attempt_at=due)


def _wait_for_relay(work, delivery, address, error):
    """Put off everything that is due; return whether to go on."""
    if work.now - delivery.created_at > GIVE_UP_AFTER:
        _fail(work, delivery, address, error)
        return True
    log.warning("no way out for mail", error=error)
    work.change(
        queries.POSTPONE_ALL,
        id=delivery.id,
        now=work.now,
        next_attempt_at=work.now + RELAY_PAUSE,
        error=clean_line(error, 500),
    )
    return False


def _fail(work, delivery, address, error, tries=None):
    error = clean_line(error, 500)
    _settle(work, delivery, address, "failed", tries=tries, error=error)
    work.tell(
        DeliveryFailed,
        delivery_id=delivery.id,
        ticket_id=delivery.ticket_id,
        participant_id=delivery.participant_id,
        person_id=delivery.person_id,
        kind=delivery.kind,
        error=error,
        failed_at=work.now,
    )


def _settle(work, delivery, address, state, *, tries=None, error=None, next_attempt_at=None, sent_at=None):
    work.change(
        queries.SETTLE_DELIVERY,
        id=delivery.id,
        state=state,
        recipient=address,
        # Without a number the relay was not asked, so the try that was counted was none.
        tries=delivery.tries - 1 if tries is None else tries,
        next_attempt_at=next_attempt_at or delivery.next_attempt_at,
        error=error and clean_line(error, 500),
        sent_at=sent_at,
    )
    outcome = "put_off" if state == "waiting" else state
    work.after_commit(lambda: metrics.MAILS_SENT.labels(outcome).inc())
    about = {"delivery_id": str(delivery.id), "kind": delivery.kind, "outcome": outcome}
    log.info("delivery", **about, **({"error": clean_line(error, 500)} if error else {}))
