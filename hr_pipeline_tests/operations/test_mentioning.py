"""A raw page is never said to mention nobody when somebody on it is meant, however its JSON is written."""

import json
import unicodedata

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline.domain.text import folded
from hr_pipeline.domain.whom import whom
from hr_pipeline.operations.mentioning import folded_page, mentions_of

WRITTEN = (orjson.dumps, lambda rows: json.dumps(rows).encode(), lambda rows: json.dumps(rows, ensure_ascii=False, indent=1).encode())


@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
@example(name='Strauß-Ørsted\n\\u00e9 "Zoé"')
@example(name=unicodedata.normalize("NFD", "Hélène Nguyễn"))
def test_a_name_stands_in_the_folded_page_however_it_is_written(name: str) -> None:
    for written in WRITTEN:
        assert folded(name) in folded_page(written([{"lastName": name}]))


@pytest.mark.parametrize("typed", ["zoe", "ZOÉ D'HONDT", "dhondt zoe", "Zoé-d’Hondt", "hondtzoe", "dhondtzoe", "zoedhondt", "zo hondt"])
def test_a_page_with_the_person_may_mention_them_in_either_order_and_by_parts(typed: str) -> None:
    may_mention = mentions_of(whom(typed))
    assert may_mention is not None
    for written in WRITTEN:
        rows = [{"lastName": "D’Hondt", "emails": [], "firstName": "Zoé"}]
        assert may_mention(Page("people", 1, written(rows))) is (typed != "hondtzoe" or "hondt" in folded_page(written(rows)))
        assert not may_mention(Page("people", 1, written([{"lastName": "Maes", "firstName": "Léa"}])))


@pytest.mark.parametrize("typed", ["M-77", "zoe.v@example.com", "1010"])
def test_an_id_or_address_is_looked_for_as_it_is(typed: str) -> None:
    may_mention = mentions_of(whom(typed))
    assert may_mention is not None
    assert may_mention(Page("people", 1, orjson.dumps([{"a": typed.upper()}])))
    assert may_mention(Page("people", 1, b'[{"a":"\\u0041"}]')), "any letter may be written so"
    assert not may_mention(Page("people", 1, b'[{"a":"nobody"}]'))


def test_letters_beyond_ascii_in_what_is_no_name_rule_no_page_out() -> None:
    assert mentions_of(whom("zoé@example.com")) is None
