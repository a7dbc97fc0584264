"""The checker against a desk of one mail, one form, one ticket and one presence: each deviation is found."""

import hashlib
from uuid import UUID

import pytest

from infra.chaos import checker
from infra.chaos.agreement import DECIDED
from infra.chaos.checker import Checker
from infra.chaos.place import INTERVENTIONS

MAIL, FORM, API, WORKED_ON = (UUID(int=number) for number in (1, 2, 3, 4))
MARKS = {MAIL: "m" * 32, FORM: "f" * 32, API: "a" * 32}
CLOCK_IN, INTERVENTION = str(UUID(int=5)), str(UUID(int=6))
ACCEPTED = {"mail": [MARKS[MAIL]], "webform": [MARKS[FORM]], "ticket": [MARKS[API]], "clock_in": [CLOCK_IN]}
RAW = b"Subject: the heating"
SHA256 = hashlib.sha256(RAW).hexdigest()
CLOCKINGS = ("ClockedIn", "ClockedOut")
TICKETS = DECIDED[0][1]
RAW_FILE = f"files/inbound/{SHA256[:2]}/{SHA256}"
RECEIPT_FILE = "outgoing-mail/new/receipt@desk"
RAW_MAILS = "SELECT sha256 FROM inbound_messages"


class Rows:
    """Tables that hold what one test needs, by service and statement with its values."""

    def __init__(self):
        once = [(ticket, 1) for ticket in (MAIL, FORM, API, WORKED_ON)]
        channels = [(MAIL, "mail"), (FORM, "webform"), (API, "api")]
        decided = [(ticket, "group", "agent", "soon", "later") for ticket, _ in once]
        self.left = {}
        self.held = {
            ("tickets", checker._OPENED): [(ticket, channel, MARKS[ticket]) for ticket, channel in channels]
            + [(WORKED_ON, "api", INTERVENTIONS)],
            **{("tickets", checker._HISTORY, kind): list(once) for kind in checker.ONCE},
            ("tickets", checker._HISTORY, "ReceiptSent"): [(MAIL, 1), (FORM, 1)],
            ("tickets", checker._CLOCKED, CLOCKINGS): [(f"ClockedIn Wanda {INTERVENTION}",)],
            ("tickets", TICKETS["tickets"]): list(decided),
            ("dispatch", checker._ROUTED): list(once),
            ("dispatch", checker._DEADLINES): list(once),
            ("dispatch", TICKETS["dispatch"]): list(decided),
            ("fieldwork", checker._CLOCK_INS): [(CLOCK_IN, "start", "Wanda", INTERVENTION)],
            ("notifications", checker._RECEIPTS): [(MAIL, 1), (FORM, 1)],
            ("notifications", checker._SENT): [("<receipt@desk>",)],
            ("inbound", RAW_MAILS): [(SHA256,)],
        }

    def wait_for_rest(self, _within):
        """Return what is under way."""
        return self.left

    def rows(self, *asked):
        """Return the rows of a statement."""
        return self.held.get(asked, [])


@pytest.fixture
def desk(tmp_path):
    for path, content in ((RAW_FILE, RAW), (RECEIPT_FILE, b"Subject: received")):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(content)
    return tmp_path, Rows()


def checked(desk):
    folder, tables = desk
    return Checker(tables, folder).check(ACCEPTED)


def test_a_desk_where_everything_is_there_once_is_good(desk):
    report = checked(desk)
    assert (report.lost, report.duplicated, report.left_over, report.present) == ([], [], [], 4)


@pytest.mark.parametrize(
    ("asked", "index", "lost"),
    [
        (("tickets", checker._OPENED), 0, [f"ticket of {MARKS[MAIL]}: 0 of 1"]),
        (("tickets", checker._HISTORY, "TicketOpened"), 0, [f"TicketOpened of {MAIL}: 0 of 1"]),
        (("tickets", checker._HISTORY, "TicketRouted"), 1, [f"TicketRouted of {FORM}: 0 of 1"]),
        (("tickets", checker._HISTORY, "AssignmentDecided"), 2, [f"AssignmentDecided of {API}: 0 of 1"]),
        (("tickets", checker._HISTORY, "DeadlineSet"), 3, [f"DeadlineSet of {WORKED_ON}: 0 of 1"]),
        (("tickets", checker._HISTORY, "ReceiptSent"), 0, [f"history of the receipt of {MAIL}: 0 of 1"]),
        (("tickets", checker._CLOCKED, CLOCKINGS), 0, [f"history of ClockedIn Wanda {INTERVENTION}: 0 of 1"]),
        (
            ("tickets", TICKETS["tickets"]),
            0,
            [f"ticket {MAIL}: nothing in tickets, group agent soon later in dispatch"],
        ),
        (("dispatch", checker._ROUTED), 0, [f"routing of {MAIL}: 0 of 1"]),
        (("dispatch", checker._DEADLINES), 0, [f"deadlines of {MAIL}: 0 of 1"]),
        (("fieldwork", checker._CLOCK_INS), 0, [f"clock-in {CLOCK_IN}: 0 of 1"]),
        (("notifications", checker._RECEIPTS), 1, [f"receipt of {FORM}: 0 of 1"]),
    ],
)
def test_what_is_missing_in_a_table_is_lost(desk, asked, index, lost):
    del desk[1].held[asked][index]
    assert [finding for finding in checked(desk).lost if finding in lost] == lost


def test_a_ticket_that_two_services_hold_differently_is_lost_once(desk):
    desk[1].held["dispatch", TICKETS["dispatch"]][0] = (MAIL, "group", "another", "soon", "later")
    assert checked(desk).lost == [
        f"ticket {MAIL}: group agent soon later in tickets, group another soon later in dispatch"
    ]


@pytest.mark.parametrize(
    ("asked", "row", "duplicated"),
    [
        (
            ("tickets", checker._OPENED),
            (UUID(int=9), "mail", MARKS[MAIL]),
            f"ticket of {MARKS[MAIL]}: 2 instead of 1",
        ),
        (("tickets", checker._OPENED), (UUID(int=9), "mail", "?"), "ticket of ?: 1 instead of 0"),
        (("tickets", checker._HISTORY, "TicketRouted"), (MAIL, 2), f"TicketRouted of {MAIL}: 2 instead of 1"),
        (
            ("tickets", checker._CLOCKED, CLOCKINGS),
            (f"ClockedIn Wanda {INTERVENTION}",),
            f"history of ClockedIn Wanda {INTERVENTION}: 2 instead of 1",
        ),
        (("dispatch", checker._DEADLINES), (MAIL, 2), f"deadlines of {MAIL}: 2 instead of 1"),
        (("notifications", checker._RECEIPTS), (MAIL, 2), f"receipt of {MAIL}: 2 instead of 1"),
        (("notifications", checker._RECEIPTS), (API, 1), f"receipt of {API}: 1 instead of 0"),
        (
            ("fieldwork", checker._CLOCK_INS),
            (str(UUID(int=8)), "start", "Wanda", INTERVENTION),
            f"clock-in {UUID(int=8)}: 1 instead of 0",
        ),
    ],
)
def test_what_is_too_much_in_a_table_is_doubled(desk, asked, row, duplicated):
    desk[1].held[asked].append(row)
    assert duplicated in checked(desk).duplicated


@pytest.mark.parametrize(
    ("path", "lost"),
    [
        (RAW_FILE, f"raw mail {SHA256}"),
        (RECEIPT_FILE, "mail receipt@desk: 0 of 1"),
    ],
)
def test_a_file_that_is_gone_is_lost(desk, path, lost):
    (desk[0] / path).unlink()
    report = checked(desk)
    assert (report.lost, report.duplicated, report.left_over) == ([lost], [], [])


def test_a_raw_mail_that_is_cut_off_is_lost(desk):
    (desk[0] / RAW_FILE).write_bytes(RAW[:-1])
    assert checked(desk).lost == [f"raw mail {SHA256}"]


def test_a_mail_that_somebody_has_read_is_there(desk):
    receipt = desk[0] / RECEIPT_FILE
    (desk[0] / "outgoing-mail/cur").mkdir()
    receipt.rename(desk[0] / "outgoing-mail/cur" / receipt.name)
    assert checked(desk).is_good


@pytest.mark.parametrize("asked", [("tickets", checker._OPENED), ("fieldwork", checker._CLOCK_INS)])
def test_what_is_lost_is_not_present(desk, asked):
    del desk[1].held[asked][0]
    assert checked(desk).present == 3


def test_a_copy_that_nobody_keeps_is_lost(desk):
    desk[1].held["identity", "SELECT id, version FROM people"] = [(INTERVENTION, 1)]
    copies = ("tickets", "dispatch", "fieldwork", "notifications")
    assert checked(desk).lost == [f"people {INTERVENTION}: 1 in identity, nothing in {copy}" for copy in copies]


def test_a_mail_that_left_without_a_delivery_is_doubled(desk):
    (desk[0] / RECEIPT_FILE).with_name("other@desk").touch()
    assert checked(desk).duplicated == ["mail other@desk: 1 instead of 0"]


def test_a_delivery_that_failed_is_lost(desk):
    desk[1].held["notifications", checker._UNSENT] = [("receipt", "r@homes.example", "failed", "550")]
    assert checked(desk).lost == ["delivery ('receipt', 'r@homes.example', 'failed', '550')"]


def test_what_is_under_way_or_dead_is_left_over(desk):
    desk[1].left = {"tickets": 2}
    desk[1].held["dispatch", checker._DEAD] = [("ticket_opened", "TicketOpened", "ValueError")]
    dead = "dispatch: dead letter TicketOpened of ticket_opened: ValueError"
    assert checked(desk).left_over == ["tickets: 2 under way", dead]
