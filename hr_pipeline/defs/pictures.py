"""Pictures for asset pages: small hand-made SVG, shown in place by Dagster's Markdown. Counts, dates, codes and ids; never a name.

SVG rather than a plotting library: a picture is 3 to 8 KB of an event, sharp at every size, and costs no import. A card of its own
colour, so that it reads the same on Dagster's light and dark pages. Pure. May import: nothing of ours.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from itertools import groupby

import dagster as dg

WIDTH = 640
_LEFT, _RIGHT, _TOP, _LABELLED = 44, 14, 58, 214  # margins; room for the names of rows
_INK, _QUIET, _LINE, _CARD = "#1f2933", "#66737f", "#e4e8ec", "#ffffff"
_SMALL = 'font-size="11"'
IN_PLACE = 1_000  # characters of Markdown that Dagster shows where they are; more hide behind a click
_CROWDED = 3  # a column that is so many times the next highest is cut, and says its number
_SLIVER = 2.0  # pixels of the smallest part of a column: one error among five hundred must not vanish

Series = Mapping[str, Sequence[float]]
Colours = Mapping[str, str]


def columns(title: str, dates: Sequence[date], series: Series, colours: Colours) -> str:
    """Stacked columns, one per date.

    Args:
        title: Above the picture.
        dates: In order; a date without anything leaves a gap.
        series: Name → a count per date, stacked from below. A column that is cut keeps its parts, in proportion.
        colours: Name → colour.
    """
    bottom, height = 186, 212
    totals = [sum(counts) for counts in zip(*series.values(), strict=True)]
    top = _top(totals)
    slot = (WIDTH - _LEFT - _RIGHT) / max(len(dates), 1)
    width = max(min(slot * 0.78, 26), 1)
    scale = (bottom - _TOP) / top
    parts = [_rule(bottom - value * scale, value, WIDTH) for value in _ticks(top)]
    floors = [0.0] * len(dates)
    talls = [_heights(counts, min(sum(counts) * scale, bottom - _TOP), _SLIVER) for counts in zip(*series.values(), strict=True)]
    for row, name in enumerate(series):
        path = ""
        for at, column in enumerate(talls):
            if tall := column[row]:
                x, y = _LEFT + slot * at + (slot - width) / 2, bottom - floors[at]
                path += f"M{x:.1f} {y:.1f}v-{tall:.1f}h{width:.1f}v{tall:.1f}z"
                floors[at] += tall
        if path:
            parts.append(f'<path d="{path}" fill="{colours[name]}"/>')
    parts += [
        _text(_LEFT + slot * (at + 0.5), _TOP - 4, f"{total:,}", "middle")
        for at, total in enumerate(totals)
        if total > top  # cut: it says so
    ]
    parts += _dates(dates, slot, bottom)
    last = {name: counts[-1] if counts else 0 for name, counts in series.items()}
    return _card(title, height, [*_legend(last, colours), *parts])


def rows(title: str, labels: Sequence[str], series: Series, colours: Colours, unit: str = "") -> str:
    """Stacked rows, one per label, each with its total in words.

    Args:
        title: Above the picture.
        labels: From top to bottom.
        series: Name → a count (or a measure) per label.
        colours: Name → colour. A picture of one series has no legend.
        unit: After each total.
    """
    top = _TOP if len(series) > 1 else _TOP - 18
    high, height = 22, top + 22 * max(len(labels), 1) + 12
    totals = [round(sum(values), 2) for values in zip(*series.values(), strict=True)]
    scale = (WIDTH - _LABELLED - _RIGHT - 64) / (max(totals, default=0) or 1)
    parts = []
    for at, label in enumerate(labels):
        y = top + high * at
        parts.append(_text(_LABELLED - 8, y + 11, _shortened(label), "end"))
        x = float(_LABELLED)
        for name, values in series.items():
            if values[at]:
                wide = max(values[at] * scale, 1)
                parts.append(f'<path d="M{x:.1f} {y}h{wide:.1f}v14h-{wide:.1f}z" fill="{colours[name]}"/>')
                x += wide
        parts.append(_text(x + 6, y + 11, f"{totals[at]:,}{unit}"))
    shown = {name: sum(values) for name, values in series.items()}
    return _card(title, height, [*(_legend(shown, colours) if len(series) > 1 else []), *parts])


def strip(series: Series, colours: Colours, alt: str, named: Mapping[str, str]) -> dg.MarkdownMetadataValue:
    """Stacked columns without words, small enough to be shown in place: of as many of the last nights as fit, with the legend below.

    Whatever is there at all is at least a line: one error among five hundred must not vanish.

    Args:
        series: Name → a count per night, stacked from below.
        colours: Name → colour.
        alt: What is seen.
        named: Colour → what people call it. In words, since a drawn legend would take the room of a month.
    """
    nights = len(next(iter(series.values()), []))
    legend = f"\n\n{', '.join(f'{named[colours[name]]}: {name}' for name in series)}"
    while True:
        shown = _strip({name: counts[len(counts) - nights :] for name, counts in series.items()}, nights, colours, alt) + legend
        if len(shown) < IN_PLACE or nights <= 1:
            return dg.MetadataValue.md(shown)
        nights -= 5


def _strip(series: Series, nights: int, colours: Colours, alt: str) -> str:
    tall = 24
    scale = tall / (max((sum(counts) for counts in zip(*series.values(), strict=True)), default=0) or 1)
    talls = [_heights(counts, round(sum(counts) * scale), 1, 0) for counts in zip(*series.values(), strict=True)]
    heights = [0] * nights
    layers: list[str] = []
    for row, name in enumerate(series):
        heights = [below + int(column[row]) for below, column in zip(heights, talls, strict=True)]
        path, at = f"M0 {tall}", 0
        for height, run in groupby(heights):
            long = len(list(run))
            path += (f"v{at - height}" if at != height else "") + f"h{long}"
            at = height
        layers.insert(0, f"<path fill='{colours[name]}' d='{path}V{tall}z'/>")
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' width='{nights * 10}' height='48' viewBox='0 0 {nights} {tall}' preserveAspectRatio='none'>"
    text = f"{svg}{''.join(layers)}</svg>"
    return f"![{alt}](<data:image/svg+xml,{text.replace('<', '%3C').replace('>', '%3E').replace('#', '%23')}>)"


def picture(svg: str, alt: str) -> dg.MarkdownMetadataValue:
    """A picture as metadata; `alt` is what a reader hears of it."""
    return dg.MetadataValue.md(f"![{alt}](data:image/svg+xml;base64,{b64encode(svg.encode()).decode()})")


def _card(title: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" font-family="Helvetica,Arial,sans-serif">'
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="{_CARD}"/>'
        f'<text x="14" y="22" font-size="13" font-weight="bold" fill="{_INK}">{escape(title)}</text>'
        f"{''.join(parts)}</svg>"
    )


def _legend(numbers: Mapping[str, float], colours: Colours) -> list[str]:
    """A square, a name and a number each; from the left, under the title."""
    parts, x = [], 14.0
    for name, number in numbers.items():
        said = f"{name} {number:,}"
        parts.append(f'<rect x="{x:.0f}" y="32" width="9" height="9" rx="2" fill="{colours[name]}"/>')
        parts.append(_text(x + 13, 40, said))
        x += 13 + 6.2 * len(said) + 14
    return parts


def _dates(dates: Sequence[date], slot: float, bottom: float) -> list[str]:
    """The last date, and dates before it a week (or a multiple of it) apart, as far as they have room."""
    step = 7
    while slot * step < 52:  # pixels that a date needs
        step *= 2
    return [
        _text(_LEFT + slot * (at + 0.5), bottom + 16, f"{on.day} {on:%b}", "middle")
        for at, on in enumerate(dates)
        if (len(dates) - 1 - at) % step == 0 and slot * (at + 0.5) > 8
    ]


def _rule(y: float, value: int, width: int) -> str:
    line = f'<path d="M{_LEFT} {y:.1f}H{width - _RIGHT}" stroke="{_LINE}"/>'
    return f"{line}{_text(_LEFT - 6, y + 4, f'{value:,}', 'end')}"


def _text(x: float, y: float, said: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" {_SMALL} fill="{_QUIET}" text-anchor="{anchor}">{escape(said)}</text>'


def _shortened(label: str, most: int = 33) -> str:
    """A long id keeps its end, which tells two of one name apart."""
    return label if len(label) <= most else f"{label[: most - 8]}…{label[-7:]}"


def _heights(counts: Sequence[float], tall: float, least: float, digits: int = 6) -> list[float]:
    """How high each part of a column is: in proportion, but whatever is there at all is as high as `least`, at the cost of the largest."""
    total = sum(counts)
    heights = [max(round(count / total * tall, digits), least) if count else 0.0 for count in counts]
    if total:
        largest = heights.index(max(heights))
        heights[largest] = max(heights[largest] + tall - sum(heights), least)
    return heights


def _top(totals: Sequence[float]) -> int:
    """Top of the scale: the highest column, unless it would flatten all others (a first night of thousands of new people)."""
    ordered = sorted(totals, reverse=True)
    highest = ordered[0] if ordered else 0
    second = ordered[1] if len(ordered) > 1 else 0
    return _round_up(second * 1.5) if second and highest > _CROWDED * second else _round_up(highest)


def _round_up(value: float) -> int:
    """The next 1, 2, 4, 5 or 8 times a power of ten, so that half of it is a plain number; 4 at least."""
    power = 1
    while True:
        for factor in (1, 2, 4, 5, 8):
            if factor * power >= max(value, 4):
                return factor * power
        power *= 10


def _ticks(top: int) -> list[int]:
    return [0, top // 2, top] if top % 2 == 0 else [0, top]
