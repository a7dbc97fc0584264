"""Reading blocks nobody: under eventlet, as in a service process, green threads go on meanwhile."""

import os
import subprocess
import sys
import textwrap

from services.inbound import lanes
from services.inbound.parsing.shown import shown_mail
from tests.inbound_smtp.hard_mails import nested, slow
from tests.inbound_smtp.running import DESK, ROOT
from tests.inbound_smtp.sweeping import told


def said_by(script):
    """Return what a program of its own prints: eventlet would change this one."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_waiting_service_does_other_things(smtp):
    """Under eventlet, as in a service process: green threads go on while a mail is read."""
    smtp.deliver(slow(1), DESK)
    (row,) = smtp.rows()
    script = f"""
        import eventlet; eventlet.monkey_patch()
        from services.inbound.parser import Parser
        parser, ticks = Parser({str(smtp.files.root)!r}), []

        def tick():
            while True:
                ticks.append(1)
                eventlet.sleep(0.01)

        parser.ask([])
        eventlet.spawn(tick)
        parser.ask([{lanes.request_for(row)!r}])
        assert "mail" in parser.answer(30)
        parser.stop()
        print(len(ticks))
    """
    assert int(said_by(script)) > 30


def test_a_service_does_other_things_while_a_mail_is_cut_to_what_may_be_shown(smtp):
    """A large one that cannot be read: between two turns of the others it computes next to nothing itself."""
    raw = nested(1_000) + b"The lift is out of order, reply+news@homes.example says.\r\n" * 170_000
    smtp.deliver(raw, DESK)
    script = f"""
        import eventlet; eventlet.monkey_patch()
        import time
        from chassis.actors import system_actor
        from chassis.database import Database
        from services.inbound.reading import Reading
        from tests.inbound_smtp.sweeping import Settings

        database, reading = Database({smtp.environment["INBOUND_DATABASE_URL"]!r}), Reading({str(smtp.files.root)!r})
        turns = []

        def take_turns():
            while True:
                turns.append(time.process_time())
                eventlet.sleep(0.01)

        def is_told():
            return bool(database.read("SELECT 1 FROM outbox"))

        eventlet.spawn(take_turns)
        while not is_told():
            reading.read_fresh(database, Settings, system_actor("inbound"))
            reading.look_at_slow(database, Settings, system_actor("inbound"))
            eventlet.sleep(0.01)
        eventlet.sleep(0.05)
        reading.close()
        print(max(later - sooner for sooner, later in zip(turns, turns[1:])))
    """
    assert float(said_by(script)) < 0.1
    (row,) = smtp.rows()
    assert row.state == "unreadable"
    (fact,) = told(smtp).values()
    assert smtp.files.read("inbound", fact["attachments"][0]["sha256"]) == shown_mail(raw)
