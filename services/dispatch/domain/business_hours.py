"""Business hours: arithmetic on instants in the wall time of one zone.

Instants are aware and in UTC; wall time exists only inside. In the night when clocks go forward an opening or
closing time that does not exist becomes the moment of the change; in the night when they go back an opening
time means its first passing and a closing time its second.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.dispatch.contract.words import WEEKDAYS

MINUTE = timedelta(minutes=1)
#: Less than this in a week would put a deadline years ahead.
LEAST_WEEKLY = timedelta(hours=5)
#: Further ahead nothing is looked for: 20 years, three times the longest target in the least business hours.
FARTHEST_DAYS = 7_305


@dataclass(frozen=True)
class Calendar:
    """When the desk is at work.

    :param zone: whose wall time the hours are in.
    :param hours: for Monday to Sunday, stretches as minutes of the day `(opens, closes)`, in order.
    :param holidays: dates without business hours.
    """

    zone: ZoneInfo
    hours: tuple
    holidays: Container[date] = frozenset()

    def after(self, start, amount):
        """Return the instant at which an amount of business time has passed.

        :param start: instant; outside business hours counting begins with the next opening.
        :param amount: positive `timedelta`; what ends with a stretch ends at its closing, not at the next
            opening.
        :raises ValueError: that is more than 20 years ahead.
        """
        left = amount
        for opens, closes in self._stretches(start):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        raise ValueError("There are not enough business hours in 20 years.")

    def between(self, start, end):
        """Return the business time from one instant to another as a `timedelta`, never negative."""
        passed = timedelta()
        for opens, closes in self._stretches(start):
            if opens >= end:
                break
            passed += min(closes, end) - opens
        return passed

    def _stretches(self, start):
        reached = start
        first = start.astimezone(self.zone).date()
        for number in range(FARTHEST_DAYS):
            day = first + timedelta(days=number)
            if day in self.holidays:
                continue
            for opens, closes in self.hours[day.weekday()]:
                begin = max(self._instant(day, opens, fold=0), reached)
                end = self._instant(day, closes, fold=1)
                if end > begin:
                    yield begin, end
                    reached = end

    def _instant(self, day, minute, fold):
        wall = datetime.combine(day, time()) + timedelta(minutes=minute)
        before = wall.replace(tzinfo=self.zone, fold=0).utcoffset()
        after = wall.replace(tzinfo=self.zone, fold=1).utcoffset()
        if before < after:
            return self._change_of_clocks(wall, before, after)
        return (wall - (after if fold else before)).replace(tzinfo=UTC)

    def _change_of_clocks(self, wall, before, after):
        instant = (wall - after).replace(tzinfo=UTC)
        while instant.astimezone(self.zone).utcoffset() == before:
            instant += MINUTE
        return instant


def calendar_of(time_zone, hours, holidays=frozenset()):
    """Return the `Calendar` that settings describe.

    :param time_zone: name of the IANA database.
    :param hours: `{weekday: [{"opens": "08:00", "closes": "18:00"}]}`; a weekday left out is closed.
    :raises ValueError: a stretch ends before it begins, two overlap, or a week has less than five hours; the
        text says so to people.
    """
    days = tuple(_day(weekday, hours.get(weekday, ())) for weekday in WEEKDAYS)
    weekly = sum(closes - opens for day in days for opens, closes in day)
    if weekly * MINUTE < LEAST_WEEKLY:
        raise ValueError("A week needs at least five business hours.")
    return Calendar(ZoneInfo(time_zone), days, holidays)


def _day(weekday, stretches):
    day = sorted((_minute(stretch["opens"]), _minute(stretch["closes"])) for stretch in stretches)
    reached = 0
    for opens, closes in day:
        if closes <= opens:
            raise ValueError(f"On {weekday} a stretch closes before it opens.")
        if opens < reached:
            raise ValueError(f"On {weekday} two stretches overlap.")
        reached = closes
    return tuple(day)


def _minute(wall):
    hour, minute = wall.split(":")
    return int(hour) * 60 + int(minute)
