"""Keys as people type them: every wrong character is found before anybody is asked."""

from __future__ import annotations

import pytest

from tenure.services import key_texts
from tenure.services.errors import Refused


def mistake(typed: str) -> str:
    with pytest.raises(Refused) as refused:
        key_texts.read(typed)
    return refused.value.code


@pytest.mark.parametrize("is_test", [False, True])
def test_a_key_is_read_however_it_is_typed(is_test: bool) -> None:
    key = key_texts.new(is_test=is_test)
    shown = key_texts.written(key)
    assert shown.startswith("TEST-") is is_test
    like_letters = shown.replace("0", "O").replace("1", "l")
    for typed in (key, shown, shown.lower(), f"  {shown.replace('-', ' ')}\n", like_letters):
        assert key_texts.read(typed) == key


@pytest.mark.parametrize("is_test", [False, True])
def test_no_single_wrong_character_passes(is_test: bool) -> None:
    key = key_texts.new(is_test=is_test)
    for place, right in enumerate(key):
        for wrong in set(key_texts.ALPHABET) - {right}:
            assert mistake(key[:place] + wrong + key[place + 1 :]) == "key_mistyped"


def test_what_is_missing_or_too_much_or_no_character_of_a_key_is_told() -> None:
    key = key_texts.new(is_test=False)
    assert mistake(" - ") == "key_missing"
    for typed in (key[:-1], key + "0", key[:-1] + "U", "é" * 25):
        assert mistake(typed) == "key_mistyped"


def test_what_is_kept_of_a_key_is_no_way_back() -> None:
    key = key_texts.new(is_test=False)
    assert key_texts.hashed(key) != key_texts.hashed(key_texts.new(is_test=False))
    assert key not in key_texts.hashed(key)
