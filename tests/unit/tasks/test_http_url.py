"""Data in a URL is inert: it can't add a host, a path, a parameter or a fragment."""

from __future__ import annotations

from typing import Any

import pytest
from yarl import URL

from braid.expressions import EvaluationError
from braid.language.task_kind import Interpolated, Part
from braid.tasks.http_url import join_url


def joined(url: str, *values: Any, raw: bool = False) -> Any:
    """The URL with values at each `@@`."""
    parts: list[Part] = []
    for number, text in enumerate(url.split("@@")):
        parts += [*([Interpolated(values[number - 1], raw)] if number else []), text]
    return join_url(parts)


ATTACKS = [
    "a/b", "/", "//evil.example", "../x", "..%2f..", "%2e%2e", "a?admin=1", "a&admin=1", "a#b", "a;b=c", "a=b", "a b",
    "a+b", "@evil.example", ":80", "\\evil", "a\r\nX-Header: 1", "%", "%00", "%0d%0a", "é☃𝒳", "{{ x }}", "'\"<>",
    "~._-",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_data_stays_one_segment_of_the_path(attack: str) -> None:
    url = URL(joined("http://h.example:8080/a/@@/z?q=1#f", attack))

    assert (url.host, url.port, url.parts[0:2], url.parts[3:]) == ("h.example", 8080, ("/", "a"), ("z",))
    assert url.parts[2] == attack
    assert (dict(url.query), url.fragment) == ({"q": "1"}, "f")


@pytest.mark.parametrize("attack", ATTACKS)
def test_data_stays_one_value_of_the_query(attack: str) -> None:
    url = URL(joined("http://h.example/p?a=@@&b=2", attack))

    assert (url.host, url.path, dict(url.query), url.fragment) == ("h.example", "/p", {"a": attack, "b": "2"}, "")


@pytest.mark.parametrize("attack", [*ATTACKS[:11], "evil.example/", "user:pass@evil.example", "a?b", "[::1]#"])
def test_data_in_the_host_can_not_change_where_the_request_goes(attack: str) -> None:
    with pytest.raises(EvaluationError, match="part of a host") as caught:
        joined("http://api.example@@", attack)
    assert "raw" in caught.value.help


@pytest.mark.parametrize("attack", ["..", ".", "%2e%2e"])
def test_data_can_not_walk_through_the_path(attack: str) -> None:
    if attack != "%2e%2e":
        with pytest.raises(EvaluationError, match="part of a path"):
            joined("http://h/a/@@/b", attack)
    assert joined("http://h/a?x=@@", attack)


def test_two_dots_of_two_values_can_not_walk_either() -> None:
    with pytest.raises(EvaluationError, match="part of a path"):
        joined("http://h/@@@@/b", ".", ".")
    with pytest.raises(EvaluationError, match="part of a path"):
        joined("http://h/.@@", ".")


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_can_not_be_a_part_of_the_path(nothing: Any) -> None:
    with pytest.raises(EvaluationError, match="nothing"):
        joined("http://h/users/@@", nothing)
    assert joined("http://h/users?name=@@", nothing) == "http://h/users?name="


def test_base_url_stays_as_it_is() -> None:
    assert joined("@@/users/@@", "http://h:1/v1", "a/b") == "http://h:1/v1/users/a%2Fb"
    assert joined("@@", "http://h/p?q=1 2") == "http://h/p?q=1 2"
    assert joined("@@@@", "http://h/v1/", "a/b") == "http://h/v1/a%2Fb"


def test_path_behind_a_base_url_without_one_is_refused_as_a_host() -> None:
    with pytest.raises(EvaluationError, match="part of a host"):
        joined("@@@@", "http://h", "/path")


def test_host_and_port_are_taken() -> None:
    assert joined("http://@@:@@/", "127.0.0.1", 8080) == "http://127.0.0.1:8080/"
    assert joined("http://@@/", "[::1]:80") == "http://[::1]:80/"


def test_raw_text_stays_as_it_is() -> None:
    assert joined("http://h/@@", "a/b?c=d", raw=True) == "http://h/a/b?c=d"


@pytest.mark.parametrize("value", [[1], {"a": 1}, b"x"])
def test_value_that_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(EvaluationError):
        joined("http://h/@@", value)
