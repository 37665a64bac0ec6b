import re
from base64 import b64decode
from datetime import date, timedelta
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from hr_pipeline.defs.pictures import IN_PLACE, columns, picture, rows, strip

COLOURS = {"success": "#00ff00", "error": "#ff0000"}
NAMED = {"#00ff00": "green", "#ff0000": "red"}
SVG = "{http://www.w3.org/2000/svg}"


def nights(count: int) -> list[date]:
    return [date(2026, 11, 22) - timedelta(days=count - 1 - n) for n in range(count)]


def drawn(svg: str, colour: str) -> list[tuple[float, float]]:
    """(x, height) of each column of a colour."""
    paths = [path for path in ET.fromstring(svg).iter(f"{SVG}path") if path.get("fill") == colour]
    return [(float(x), float(tall)) for path in paths for x, tall in re.findall(r"M([\d.]+) [\d.]+v-([\d.]+)", path.get("d") or "")]


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text")]


def test_columns_are_as_high_as_their_counts_and_a_night_without_a_run_is_a_gap() -> None:
    svg = columns("Connections", nights(3), {"success": [4, 0, 2], "error": [0, 0, 2]}, COLOURS)
    (first, third), (failed,) = drawn(svg, "#00ff00"), drawn(svg, "#ff0000")
    assert first[1] == pytest.approx(2 * third[1])
    assert failed == pytest.approx((third[0], third[1]))  # as many as succeeded, and above them
    assert third[0] - first[0] > 2 * 26


def test_the_legend_says_the_last_night_in_figures() -> None:
    said = texts(columns("Connections", nights(2), {"success": [1, 1234], "error": [7, 0]}, COLOURS))
    assert {"Connections", "success 1,234", "error 0"} <= set(said)


def test_one_night_that_dwarfs_all_others_is_cut_and_says_its_number() -> None:
    svg = columns("New", nights(4), {"success": [9_000, 10, 12, 8], "error": [0, 0, 0, 0]}, COLOURS)
    assert "9,000" in texts(svg)
    first, *others = [tall for _, tall in drawn(svg, "#00ff00")]
    assert first < 4 * max(others)
    assert "9,000" not in texts(columns("New", nights(2), {"success": [9_000, 8_000]}, COLOURS))  # here it is the scale


def test_a_column_that_is_cut_keeps_all_its_colours_in_proportion() -> None:
    colours = {**COLOURS, "partial": "#ffff00"}
    svg = columns("Connections", nights(4), {"success": [1, 4, 1, 1], "partial": [0, 2, 0, 0], "error": [0, 1, 0, 0]}, colours)
    assert "7" in texts(svg)  # cut: it says its number
    success, (partial,), (error,) = drawn(svg, "#00ff00"), drawn(svg, "#ffff00"), drawn(svg, "#ff0000")
    assert (success[1][1], partial[1]) == (pytest.approx(4 * error[1], abs=0.3), pytest.approx(2 * error[1], abs=0.2))
    assert success[1][1] + partial[1] + error[1] == pytest.approx(186 - 58, abs=0.2)  # the whole height, and no more


@pytest.mark.parametrize("others", [10, 500])
def test_one_error_is_visible_in_a_column_cut_or_not(others: int) -> None:
    svg = columns("Connections", nights(3), {"success": [9_000, others, others], "error": [1, 1, 0]}, COLOURS)
    assert [tall for _, tall in drawn(svg, "#ff0000")] == [pytest.approx(tall, abs=12) for tall in (2, 2)]
    assert all(tall >= 2 for _, tall in drawn(svg, "#ff0000"))
    assert max(tall for _, tall in drawn(svg, "#00ff00")) == pytest.approx(186 - 58 - 2, abs=0.2)


def test_dates_are_a_week_or_more_apart_and_end_with_the_last_night() -> None:
    said = texts(columns("Connections", nights(60), {"success": [1] * 60}, COLOURS))
    dates = [text for text in said if text.endswith(("Sep", "Oct", "Nov"))]
    assert dates[-4:] == ["11 Oct", "25 Oct", "8 Nov", "22 Nov"] or dates[-2:] == ["15 Nov", "22 Nov"]


@pytest.mark.parametrize("count", [0, 1])
def test_a_picture_of_nothing_is_still_a_picture(count: int) -> None:
    assert texts(columns("Connections", nights(count), {"success": [0] * count}, COLOURS))
    assert texts(rows("Slowest", [], {"seconds": []}, {"seconds": "#000"}))


def test_rows_say_their_totals_and_keep_the_end_of_a_long_name() -> None:
    long = "securex-a-company-with-a-very-long-name-410017"
    said = texts(rows("Slowest", [long, "payfit-b"], {"seconds": [3.25, 1.5]}, {"seconds": "#000"}, " s"))
    assert {"3.25 s", "1.5 s", "payfit-b"} <= set(said)
    (shown,) = [text for text in said if text.startswith("securex")]
    assert shown.endswith("-410017")
    assert len(shown) < len(long)


def test_what_a_label_holds_can_not_break_out_of_the_picture() -> None:
    assert '<a x="&">' in texts(rows('<a x="&">', ["b"], {"s": [1]}, {"s": "#000"}))


def test_sixty_nights_of_four_statuses_are_a_few_kilobytes_and_come_as_markdown() -> None:
    varied = {name: [50 + (n * step) % 37 for n in range(60)] for step, name in enumerate(("a", "b", "c", "d"), start=3)}
    svg = columns("Connections", nights(60), varied, dict.fromkeys(varied, "#123456"))
    shown = picture(svg, "Sixty nights").value
    assert shown is not None
    assert len(shown) < 12_000
    assert shown.startswith("![Sixty nights](data:image/svg+xml;base64,")
    assert b64decode(shown.partition("base64,")[2].rstrip(")")).decode() == svg


def test_a_strip_of_usual_nights_fits_in_place_and_is_a_drawing() -> None:
    success = [480 - n % 7 for n in range(60)]
    shown = strip({"success": success, "error": [500 - count for count in success]}, COLOURS, "Nights", NAMED).value
    assert shown is not None
    assert len(shown) < IN_PLACE
    drawing, _, legend = shown.partition("\n\n")
    assert legend == "green: success, red: error"
    svg = unquote(drawing.removeprefix("![Nights](<data:image/svg+xml,").removesuffix(">)"))
    parts = ET.fromstring(svg)
    assert parts.get("viewBox") == "0 0 60 24"
    assert [path.get("fill") for path in parts] == ["#ff0000", "#00ff00"]  # the lowest of the stack is painted last


def test_a_strip_of_wild_nights_shows_as_many_as_fit() -> None:
    wild = {name: [n * step % 97 for n in range(60)] for step, name in ((31, "success"), (57, "error"), (71, "held"), (13, "partial"))}
    shown = strip(wild, dict.fromkeys(wild, "#123456"), "Nights", {"#123456": "blue"}).value
    assert shown is not None
    assert len(shown) < IN_PLACE
    assert "viewBox='0 0 60 24'" not in shown


def test_one_error_among_five_hundred_is_a_line_of_a_strip() -> None:
    shown = unquote(strip({"success": [499, 500], "error": [1, 0]}, COLOURS, "Nights", NAMED).value or "")
    assert "fill='#ff0000' d='M0 24v-24h2V24z'" in shown
    assert "fill='#00ff00' d='M0 24v-23h1v-1h1V24z'" in shown  # a line less: the error's
    assert (
        strip({"success": [23 * 20, 24 * 20], "error": [1, 0]}, COLOURS, "Nights", NAMED).value
        != strip({"success": [23 * 20, 24 * 20], "error": [0, 0]}, COLOURS, "Nights", NAMED).value
    )
