"""The zone that dates are told in, and when a night run is due: the one place of both.

Source: interfaces.md ("Europe/Brussels", "03:30"). May import: nothing of ours.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")
NIGHT = time(3, 30)  # an hour that exists once in every night of the year: 02:30 doesn't


def last_night(at: datetime) -> datetime:
    """When the last night run was due, at a moment."""
    local = at.astimezone(BRUSSELS)
    due = datetime.combine(local.date(), NIGHT, BRUSSELS)
    return due if due <= local else datetime.combine(local.date() - timedelta(days=1), NIGHT, BRUSSELS)


def next_night(at: datetime) -> datetime:
    """When the next night run is due, from a moment."""
    local = at.astimezone(BRUSSELS)
    due = datetime.combine(local.date(), NIGHT, BRUSSELS)
    return due if due > local else datetime.combine(local.date() + timedelta(days=1), NIGHT, BRUSSELS)
