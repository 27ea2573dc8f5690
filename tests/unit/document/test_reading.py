"""What a YAML file means, and where its parts stand."""

from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from braid.diagnostics import DiagnosticsError
from braid.language.document import (
    Document,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    read_document,
    read_document_file,
)
from braid.language.load import load


def root(text: str | bytes) -> Node:
    return read_document(text, "f.yaml").root


def mapping(text: str) -> MappingNode:
    node = root(text)
    assert isinstance(node, MappingNode)
    return node


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None), ("~", None), ("Null", None), ("true", True), ("FALSE", False), ("yes", "yes"),
        ("no", "no"), ("on", "on"), ("NO", "NO"), ("12", 12), ("-3", -3), ("+3", 3), ("010", 10), ("0o17", 15),
        ("0x1F", 31), ("1_000", "1_000"), ("12:30", "12:30"), ("2026-01-05", "2026-01-05"), ("1.5", 1.5),
        (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("0b11", "0b11"),
        ("-0x1", "-0x1"), ("1.2.3", "1.2.3"), ("'12'", "12"), ('"true"', "true"), ("٣", "٣"), 
    ],
)  # fmt: skip
def test_scalars_follow_the_core_schema(text: str, value: object) -> None:
    found = root(f"a: {text}\n")
    assert isinstance(found, MappingNode)
    result = found.to_value()["a"]
    assert result == value
    assert type(result) is type(value)


def test_block_scalars_are_text() -> None:
    assert mapping("a: |\n  12\nb: >-\n  true\n").to_value() == {"a": "12\n", "b": "true"}


def test_a_mapping_answers_by_key() -> None:
    node = mapping("a: 1\nb: 2\n")

    assert list(node.keys()) == ["a", "b"]
    assert node.get("c") is node.key_node("c") is None
    key = node.key_node("b")
    assert key is not None
    assert (key.span.line, key.span.column) == (2, 1)
    assert "a" in node
    assert "c" not in node


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("lead", ["", "\ufeff", "# 😀 é\u2028\x85\n"])
def test_spans_hold_the_text_with_any_line_break(newline: str, lead: str) -> None:
    body = "list:\n  - 'q''d'\n  - &x |\n    block\n\n\nflow: {a: [1, 2]}\nlast: &y\n  deep: end\n\n# c\n"
    text = f"{lead}k😀: v1\n{body}"
    document = read_document(text.replace("\n", newline), "f")
    node = document.root
    assert isinstance(node, MappingNode)

    assert [node.entries[0].key.span.text, node.entries[0].value.span.text] == ["k😀", "v1"]
    items = node.get("list")
    assert isinstance(items, SequenceNode)
    assert [item.span.text for item in items.items] == ["'q''d'", f"|{newline}    block"]
    assert items.span.text.endswith("block")
    flow, last = node.get("flow"), node.get("last")
    assert flow is not None
    assert last is not None
    assert flow.span.text == "{a: [1, 2]}"
    assert last.span.text == "deep: end"
    assert node.span.text.endswith("deep: end")


def test_a_missing_value_has_an_empty_place_behind_its_key() -> None:
    value = mapping("a:\nb: &x\n").get("a")

    assert isinstance(value, ScalarNode)
    assert value.value is None
    assert (value.span.text, value.span.line, value.span.column) == ("", 1, 3)


def test_aliases_share_nodes() -> None:
    node = mapping("a: &x {k: 1}\nb: *x\n")

    assert node.get("a") is node.get("b")
    value = node.to_value()
    assert value["a"] is not value["b"]


def test_merge_keys_give_way_to_own_keys_and_earlier_ones_win() -> None:
    text = "a: &a {k: 1, l: 1}\nb: &b {k: 2, m: 2}\nc:\n  first: 0\n  <<: [*a, *b]\n  l: 3\n"

    merged = mapping(text).to_value()["c"]

    assert merged == {"first": 0, "k": 1, "m": 2, "l": 3}
    assert list(merged) == ["first", "k", "m", "l"]


def test_a_quoted_merge_key_is_a_key() -> None:
    assert mapping('"<<": 1').to_value() == {"<<": 1}


def test_a_byte_order_mark_is_no_text() -> None:
    document = read_document(b"\xef\xbb\xbfa: 1\n", "f")

    assert document.source.text == "a: 1\n"
    assert document.root.span.start == 0


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
JSON_LIKE = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
STYLES = st.sampled_from(['"', "'", "|", ">"])


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=4), JSON_LIKE, min_size=1, max_size=3), st.booleans(), STYLES)
def test_what_was_dumped_is_read(value: object, flow: bool, style: str) -> None:
    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style))
    text = yaml.dump(value, Dumper=Dumper, default_flow_style=flow, allow_unicode=True)
    # Line breaks to YAML 1.1, of which PyYAML's emitter escapes only some.
    assume(not any(char in text for char in "\x85\u2028\u2029"))

    assert root(text).to_value() == value


HOSTILE_TEXT = st.text(alphabet="ab:-?[]{},&*!|>'\"%@` \t\n#x1<\r", max_size=60)


def outcome(text: str | bytes) -> Document | DiagnosticsError:
    try:
        return read_document(text, "f")
    except DiagnosticsError as error:
        return error


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60) | HOSTILE_TEXT | st.binary(max_size=40))
def test_anything_is_a_document_or_diagnostics(text: str | bytes) -> None:
    found = outcome(text)

    if isinstance(found, Document):
        found.root.to_value()
        return
    assert str(found).startswith("error[")
    for problem in found.diagnostics:
        assert problem.span is not None
        assert 0 <= problem.span.start <= problem.span.end <= len(problem.span.source.text)


def test_a_file_is_read_under_its_path(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes("a: é\r\n".encode())

    document = read_document_file(file)

    assert document.root.to_value() == {"a": "é"}
    assert document.source.name == str(file)


def test_a_file_that_cannot_be_read_is_a_diagnostic(tmp_path: Path) -> None:
    (tmp_path / "brief.yaml").write_text("a: 1")

    def code(path: Path | str) -> str:
        with pytest.raises(DiagnosticsError) as caught:
            read_document_file(path)
        return caught.value.diagnostics[0].code + caught.value.diagnostics[0].help

    assert "did you mean" in code(tmp_path / "breif.yaml")
    assert code(tmp_path / "no" / "f.yaml").startswith("no-such-file")
    assert code(tmp_path / "brief.yaml" / "f.yaml").startswith("no-such-file")
    assert code(tmp_path) == "not-a-file"
    assert code("/dev/zero") == "not-a-file"
    assert code("a\0b") == "unreadable-file"


def test_a_file_that_may_not_be_read_is_a_diagnostic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "brief.yaml"
    path.write_text("a: 1")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    # Whoever tests may be allowed everything.
    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(DiagnosticsError) as caught:
        read_document_file(path)
    monkeypatch.undo()
    assert [each.code for each in caught.value.diagnostics] == ["permission-denied"]


def test_more_called_files_than_the_limit_are_a_diagnostic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("braid.language.load.CALLED_FILES_MAX", 1)
    for name, called in (("a", "b"), ("b", "c"), ("c", None)):
        step = "log: end" if called is None else f"call: {called}.braid.yaml"
        (tmp_path / f"{name}.braid.yaml").write_text(f"name: {name}\nsteps:\n  - {step}\n")
    assert "too-many-files" in {each.code for each in load(tmp_path / "a.braid.yaml").diagnostics}
