"""Business hours against a table worked out by hand, the two nights when clocks change among it.

Times without a zone are wall time in Paris; those ending in Z are UTC. 2026-11-16 is a Monday.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from holidays import country_holidays
from hypothesis import HealthCheck, given, settings, strategies

from services.dispatch.domain.business_hours import WEEKDAYS, calendar_of

PARIS = ZoneInfo("Europe/Paris")
MINUTE = timedelta(minutes=1)


def hours(*stretches, on=WEEKDAYS[:5]):
    """Return settings with the same stretches, such as `08:00-18:00`, on each weekday named."""
    day = [dict(zip(("opens", "closes"), stretch.split("-"), strict=True)) for stretch in stretches]
    return dict.fromkeys(on, day)


def at(text):
    """Return the instant that a cell of the table means."""
    if text.endswith("Z"):
        return datetime.fromisoformat(text)
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


OFFICE = calendar_of("Europe/Paris", hours("08:00-18:00"))
FRENCH = calendar_of("Europe/Paris", hours("08:00-18:00"), country_holidays("FR"))
LUNCH = calendar_of("Europe/Paris", hours("08:00-12:00", "13:00-17:00"))
ALWAYS = calendar_of("Europe/Paris", hours("00:00-24:00", on=WEEKDAYS))
NIGHT = calendar_of("Europe/Paris", hours("01:00-06:00", on=["sunday"]))
LATE_OPENING = calendar_of("Europe/Paris", hours("02:30-08:00", on=["sunday"]))
EARLY_END = calendar_of("Europe/Paris", hours("00:00-02:30", "12:00-16:00", on=["sunday"]))
ADJOINING = calendar_of("Europe/Paris", hours("00:00-02:30", "02:30-08:00", on=["sunday"]))
NEW_YORK = calendar_of("America/New_York", hours("09:00-17:00"))
LATE_SHOP = calendar_of("America/New_York", hours("08:00-22:00"))
KOLKATA = calendar_of("Asia/Kolkata", hours("08:00-18:00"))
LORD_HOWE = calendar_of("Australia/Lord_Howe", hours("00:00-24:00", on=WEEKDAYS))
CAIRO = calendar_of("Africa/Cairo", hours("00:00-24:00", on=WEEKDAYS))

CASES = {
    "within a day": (OFFICE, "2026-11-16 09:00", 60, "2026-11-16 10:00"),
    "ends with the day, not with the next morning": (OFFICE, "2026-11-16 09:00", 540, "2026-11-16 18:00"),
    "one minute into the next day": (OFFICE, "2026-11-16 09:00", 541, "2026-11-17 08:01"),
    "half and half": (OFFICE, "2026-11-16 17:30", 60, "2026-11-17 08:30"),
    "before opening": (OFFICE, "2026-11-16 07:00", 60, "2026-11-16 09:00"),
    "at closing": (OFFICE, "2026-11-16 18:00", 60, "2026-11-17 09:00"),
    "in the evening": (OFFICE, "2026-11-16 22:15", 60, "2026-11-17 09:00"),
    "ends with the week": (OFFICE, "2026-11-20 17:00", 60, "2026-11-20 18:00"),
    "over the weekend": (OFFICE, "2026-11-20 17:00", 61, "2026-11-23 08:01"),
    "on a Saturday": (OFFICE, "2026-11-21 12:00", 60, "2026-11-23 09:00"),
    "a minute before Monday": (OFFICE, "2026-11-22 23:59", 480, "2026-11-23 16:00"),
    "a whole day": (OFFICE, "2026-11-16 08:00", 600, "2026-11-16 18:00"),
    "a day and a minute": (OFFICE, "2026-11-16 08:00", 601, "2026-11-17 08:01"),
    "a whole week": (OFFICE, "2026-11-16 08:00", 3000, "2026-11-20 18:00"),
    "a week and a minute": (OFFICE, "2026-11-16 08:00", 3001, "2026-11-23 08:01"),
    "normal, resolution": (OFFICE, "2026-11-16 10:00", 2400, "2026-11-20 10:00"),
    "low, resolution": (OFFICE, "2026-11-16 10:00", 4800, "2026-11-26 10:00"),
    "low, first response": (OFFICE, "2026-11-16 10:00", 960, "2026-11-17 16:00"),
    "two minutes around the night": (OFFICE, "2026-11-18 17:59", 2, "2026-11-19 08:01"),
    "seconds are kept": (OFFICE, "2026-11-16 17:59:30", 1, "2026-11-17 08:00:30"),
    "Christmas without holidays": (OFFICE, "2026-12-24 17:00", 120, "2026-12-25 09:00"),
    "Christmas on a Friday": (FRENCH, "2026-12-24 17:00", 120, "2026-12-28 09:00"),
    "New Year on a Friday": (FRENCH, "2026-12-31 17:30", 60, "2027-01-04 08:30"),
    "the first of May on a Friday": (FRENCH, "2026-04-30 17:00", 61, "2026-05-04 08:01"),
    "Ascension on a Thursday": (FRENCH, "2026-05-13 17:00", 120, "2026-05-15 09:00"),
    "Easter Monday": (FRENCH, "2026-04-03 17:00", 120, "2026-04-07 09:00"),
    "Bastille Day on a Tuesday": (FRENCH, "2026-07-13 16:00", 180, "2026-07-15 09:00"),
    "opened on a holiday": (FRENCH, "2026-07-14 10:00", 30, "2026-07-15 08:30"),
    "up to lunch": (LUNCH, "2026-11-16 11:00", 60, "2026-11-16 12:00"),
    "around lunch": (LUNCH, "2026-11-16 11:30", 60, "2026-11-16 13:30"),
    "at the beginning of lunch": (LUNCH, "2026-11-16 12:00", 60, "2026-11-16 14:00"),
    "during lunch": (LUNCH, "2026-11-16 12:30", 60, "2026-11-16 14:00"),
    "weekend of the spring change": (OFFICE, "2026-03-27T16:00:00Z", 120, "2026-03-30T07:00:00Z"),
    "weekend of the autumn change": (OFFICE, "2026-10-23T15:00:00Z", 120, "2026-10-26T08:00:00Z"),
    "always, over the spring change": (ALWAYS, "2026-03-28T19:00:00Z", 600, "2026-03-29T05:00:00Z"),
    "the day of 23 hours": (ALWAYS, "2026-03-28T23:00:00Z", 1380, "2026-03-29T22:00:00Z"),
    "always, over the autumn change": (ALWAYS, "2026-10-24T18:00:00Z", 600, "2026-10-25T04:00:00Z"),
    "the day of 25 hours": (ALWAYS, "2026-10-24T22:00:00Z", 1500, "2026-10-25T23:00:00Z"),
    "opened at the second quarter past two": (ALWAYS, "2026-10-25T01:15:00Z", 60, "2026-10-25T02:15:00Z"),
    "four hours from one to six": (NIGHT, "2026-03-28T12:00:00Z", 240, "2026-03-29T04:00:00Z"),
    "not a minute more than four": (NIGHT, "2026-03-28T12:00:00Z", 241, "2026-04-04T23:01:00Z"),
    "six hours from one to six": (NIGHT, "2026-10-24T12:00:00Z", 360, "2026-10-25T05:00:00Z"),
    "not a minute more than six": (NIGHT, "2026-10-24T12:00:00Z", 361, "2026-11-01T00:01:00Z"),
    "opens when half past two is not": (LATE_OPENING, "2026-03-28T12:00:00Z", 60, "2026-03-29T02:00:00Z"),
    "five hours until eight": (LATE_OPENING, "2026-03-28T12:00:00Z", 300, "2026-03-29T06:00:00Z"),
    "opens at the first half past two": (LATE_OPENING, "2026-10-24T12:00:00Z", 30, "2026-10-25T01:00:00Z"),
    "six and a half until eight": (LATE_OPENING, "2026-10-24T12:00:00Z", 390, "2026-10-25T07:00:00Z"),
    "closes when half past two is not": (EARLY_END, "2026-03-28T12:00:00Z", 120, "2026-03-29T01:00:00Z"),
    "goes on at noon": (EARLY_END, "2026-03-28T12:00:00Z", 121, "2026-03-29T10:01:00Z"),
    "closes at the second half past two": (EARLY_END, "2026-10-24T12:00:00Z", 210, "2026-10-25T01:30:00Z"),
    "the doubled hour once": (ADJOINING, "2026-10-24T12:00:00Z", 540, "2026-10-25T07:00:00Z"),
    "New York's spring change": (NEW_YORK, "2026-03-06T21:00:00Z", 120, "2026-03-09T14:00:00Z"),
    "an evening that is the next day in UTC": (LATE_SHOP, "2026-11-18T01:00:00Z", 60, "2026-11-18T02:00:00Z"),
    "half an hour off": (KOLKATA, "2026-11-16T11:30:00Z", 120, "2026-11-17T03:30:00Z"),
    "a change of half an hour": (LORD_HOWE, "2026-10-03T13:30:00Z", 1410, "2026-10-04T13:00:00Z"),
    "a change at midnight": (CAIRO, "2026-04-23T18:00:00Z", 600, "2026-04-24T04:00:00Z"),
}  # fmt: skip


@pytest.mark.parametrize(("calendar", "opened_at", "minutes", "due_at"), CASES.values(), ids=CASES)
def test_a_deadline_by_the_table(calendar, opened_at, minutes, due_at):
    """The instant at which the business minutes have passed, and the minutes back from it."""
    assert calendar.after(at(opened_at), minutes * MINUTE) == at(due_at)
    assert calendar.between(at(opened_at), at(due_at)) == minutes * MINUTE


def test_no_business_time_backwards():
    """An end before its start is no time at all."""
    assert OFFICE.between(at("2026-11-17 12:00"), at("2026-11-16 12:00")) == timedelta()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    strategies.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=strategies.just(UTC)),
    strategies.integers(1, 10_000),
    strategies.sampled_from([OFFICE, FRENCH, LUNCH, ALWAYS, NIGHT, ADJOINING, LORD_HOWE, CAIRO]),
)
def test_the_time_until_a_deadline_is_the_time_allowed(start, minutes, calendar):
    """`after` and `between` undo each other, whenever a ticket is opened."""
    due_at = calendar.after(start, minutes * MINUTE)
    assert calendar.between(start, due_at) == minutes * MINUTE
    assert calendar.between(start, due_at - MINUTE) < minutes * MINUTE


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (hours("18:00-08:00"), "On monday a stretch closes before it opens."),
        (hours("08:00-08:00"), "On monday a stretch closes before it opens."),
        (hours("08:00-12:00", "11:59-18:00"), "On monday two stretches overlap."),
        (hours("08:00-12:59", on=["monday"]), "A week needs at least five business hours."),
        ({}, "A week needs at least five business hours."),
    ],
    ids=["backwards", "empty", "overlapping", "too little", "never"],
)
def test_hours_that_make_no_sense(settings, sentence):
    """Refused with the sentence that the administrator reads."""
    with pytest.raises(ValueError) as refusal:
        calendar_of("Europe/Paris", settings)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("settings", "due_at"),
    [
        (hours("08:00-13:00", on=["monday"]), "2026-11-16 13:00"),
        (hours("08:30-18:00"), "2026-11-16 13:30"),
        (hours("08:00-12:00", "12:00-18:00"), "2026-11-16 13:00"),
        (hours("00:00-18:00"), "2026-11-16 05:00"),
    ],
    ids=["five hours a week", "half an hour later", "adjoining", "from midnight"],
)
def test_hours_that_just_make_sense(settings, due_at):
    """To the minute: when five hours of a Monday have passed."""
    assert calendar_of("Europe/Paris", settings).after(at("2026-11-15 12:00"), 300 * MINUTE) == at(due_at)


def test_stretches_in_any_order():
    """The order in which an administrator writes them does not matter."""
    turned = calendar_of("Europe/Paris", hours("13:00-17:00", "08:00-12:00"))
    assert turned.after(at("2026-11-16 11:30"), 60 * MINUTE) == at("2026-11-16 13:30")


def test_a_deadline_that_never_comes():
    """Named as such instead of an endless search."""
    with pytest.raises(ValueError, match="20 years"):
        NIGHT.after(at("2026-11-16 09:00"), timedelta(hours=6_000))
