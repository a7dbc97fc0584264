"""What runs again and again runs in one process of its service, and in another when that one dies."""

from tests.waiting import eventually

_SINCE = "SELECT DISTINCT process FROM ticks WHERE id > %(last)s"


def ticking(desk):
    """Wait for three ticks from now on; return the processes that they ran in."""
    last = desk.value("teller", "SELECT coalesce(max(id), 0) FROM ticks")
    count = "SELECT count(*) FROM ticks WHERE id > %(last)s"
    eventually(lambda: desk.value("teller", count, last=last) >= 3, what="three ticks")
    return {row.process for row in desk.rows("teller", _SINCE, last=last)}


def test_runs_again_and_again(local_desk):
    assert ticking(local_desk) == {local_desk.process.pid}


def test_runs_in_one_process_and_moves_when_it_dies(rabbit_desk):
    rabbit_desk.start("teller-2")
    pids = {name: rabbit_desk.process_of(name).pid for name in ("teller", "teller-2")}
    (leader,) = ticking(rabbit_desk)
    (leading,) = [name for name, pid in pids.items() if pid == leader]
    (other,) = pids.keys() - {leading}
    rabbit_desk.kill(leading)
    eventually(lambda: ticking(rabbit_desk) == {pids[other]}, within=5)
    rabbit_desk.start(leading)
    assert ticking(rabbit_desk) == {pids[other]}
    numbers = rabbit_desk.say(20)
    rabbit_desk.await_effects(numbers)
    rabbit_desk.end("teller-2")
    rabbit_desk.await_ready()
