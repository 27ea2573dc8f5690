"""JSON, YAML, base64, hashes, addresses."""

import base64
import hashlib
import json
import shlex
from typing import Any, Final
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from braid.expressions.errors import EvaluationError
from braid.expressions.limits import DEPTH_MAX
from braid.expressions.values import Value, json_text, limited_text, measure, to_text
from braid.expressions.vocabulary.registry import Vocabulary, text_of

_section: Final = Vocabulary("Encodings and hashes")


@_section.define(
    "to_json",
    "As JSON; dates and decimals become strings.",
    "{'a': [1, null]} | to_json",
    '{"a":[1,null]}',
    aliases=["tojson"],
)
def to_json(value: Value, indent: int | None = None, sort_keys: bool = False) -> str:
    return json_text(value, _indent(indent), sort_keys)


@_section.define(
    "to_nice_json",
    "As JSON over several lines, keys sorted.",
    "{'b': 1, 'a': 2} | to_nice_json(2)",
    '{\n  "a": 2,\n  "b": 1\n}',
)
def to_nice_json(value: Value, indent: int = 4, sort_keys: bool = True) -> str:
    return json_text(value, _indent(indent), sort_keys)


def _indent(indent: int | None) -> int | None:
    if indent is not None and not 0 <= indent <= 16:
        raise EvaluationError("the indent is from 0 to 16 spaces", "limit")
    return indent


@_section.define("from_json", "The value that a JSON text holds.", "'[1, {\"a\": null}]' | from_json", [1, {"a": None}])
def from_json(value: Value) -> Value:
    text = value.decode() if isinstance(value, bytes) else text_of("from_json", value)
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise EvaluationError(
            f"`from_json`: {error.msg} in line {error.lineno}, column {error.colno}", "value"
        ) from None


def _no_constant(name: str) -> Value:
    raise ValueError(f"`{name}` is no JSON")


@_section.define("to_yaml", "As YAML.", "{'a': [1, 2]} | to_yaml", "a:\n- 1\n- 2\n", aliases=["to_nice_yaml"])
def to_yaml(value: Value, indent: int = 2, sort_keys: bool = False) -> str:
    import yaml

    # Through JSON: it refuses what has no YAML either, and shared lists would become anchors.
    value = json.loads(json_text(value))
    return limited_text(
        str(yaml.safe_dump(value, indent=_indent(indent), sort_keys=sort_keys, allow_unicode=True, width=100))
    )


@_section.define("from_yaml", "The value that a YAML text holds.", "'a: [1, yes]' | from_yaml", {"a": [1, "yes"]})
def from_yaml(value: Value) -> Value:
    import yaml

    text = text_of("from_yaml", value)
    depth = 0
    # Events first: the composer recurses, and aliases would let a small text become a huge value.
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEPTH_MAX:
                raise EvaluationError(f"`from_yaml`: nested more than {DEPTH_MAX} deep", "limit")
            if isinstance(event, yaml.AliasEvent):
                raise EvaluationError("`from_yaml`: aliases (`*name`) can't be used", "security")
        return yaml.load(text, Loader=_core_loader())
    except yaml.YAMLError as error:
        raise EvaluationError(f"`from_yaml`: {' '.join(str(error).split())}", "value") from None


def _core_loader() -> Any:  # a class made where PyYAML, which is loaded late, is known
    """PyYAML's safe loader with the scalars of YAML 1.2: a country code `NO` must not become false."""
    import re

    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {}  # Else PyYAML copies those of 1.1.

    for tag, pattern, first in (
        ("null", r"~|null|Null|NULL|", "~nN\0"),
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("int", r"[-+]?[0-9]+", "-+0123456789"),
        ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ):
        letters: list[str | None] = ["" if letter == "\0" else letter for letter in first]
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})\Z"), letters)
    # PyYAML reads 010 as octal and 1e3 not at all; YAML 1.2 reads ten and a thousand.
    Loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))
    Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: float(node.value))
    return Loader


def _bytes(value: Value) -> bytes:
    return value if isinstance(value, bytes) else to_text(value).encode()


@_section.define("b64encode", "Base64 of a text's UTF-8, or of bytes.", "'hi' | b64encode", "aGk=")
def b64encode(value: Value) -> str:
    return base64.b64encode(_bytes(value)).decode()


@_section.define("b64decode", "The text that base64 holds; with `bytes=true` the bytes.", "'aGk=' | b64decode", "hi")
def b64decode(value: Value, bytes: bool = False) -> Value:
    raw = text_of("b64decode", value).strip()
    # Addresses use another alphabet and leave the padding away.
    data = base64.b64decode(raw.replace("-", "+").replace("_", "/") + "=" * (-len(raw) % 4), validate=True)
    return data if bytes else data.decode()


@_section.define(
    "hash",
    "The hash of a text's UTF-8, or of bytes, in hexadecimal: sha256, sha512, sha1, md5, blake2b.",
    "'a' | hash('md5')",
    "0cc175b9c0f1b6a831c399e269772661",
)
def hash_(value: Value, algorithm: str = "sha256") -> str:
    known = ("sha256", "sha512", "sha384", "sha224", "sha1", "md5", "blake2b", "blake2s", "sha3_256", "sha3_512")
    if algorithm not in known:
        raise EvaluationError(f"`hash` knows {', '.join(known)}", "value")
    return hashlib.new(algorithm, _bytes(value), usedforsecurity=False).hexdigest()


@_section.define(
    "sha256",
    "The SHA-256 hash in hexadecimal.",
    "'' | sha256",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
)
def sha256(value: Value) -> str:
    return hash_(value)


@_section.define("sha1", "The SHA-1 hash in hexadecimal.", "'' | sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709")
def sha1(value: Value) -> str:
    return hash_(value, "sha1")


@_section.define(
    "md5",
    "The MD5 hash in hexadecimal; for comparing, not for security.",
    "'' | md5",
    "d41d8cd98f00b204e9800998ecf8427e",
)
def md5(value: Value) -> str:
    return hash_(value, "md5")


@_section.define("quote", "One word for a POSIX shell.", '"it\'s" | quote', "'it'\"'\"'s'")
def quote_(value: Value) -> str:
    return limited_text(shlex.quote(to_text(value)))


@_section.define(
    "urlencode",
    "Percent-encoded for a path or query; an object becomes `a=1&b=2`.",
    "{'a': 'x y'} | urlencode",
    "a=x%20y",
)
def urlencode_(value: Value) -> str:
    measure(value)
    if isinstance(value, dict):
        pairs = [
            (key, to_text(item)) for key, part in value.items() for item in (part if isinstance(part, list) else [part])
        ]
        return limited_text(urlencode(pairs, quote_via=quote, safe=""))
    return limited_text(quote(to_text(value), safe=""))


@_section.define("urldecode", "Without percent-encoding.", "'x%20y' | urldecode", "x y")
def urldecode(value: Value) -> str:
    return unquote(text_of("urldecode", value))


@_section.define(
    "urlsplit",
    "The parts of an address: scheme, host, port, path, query (an object of lists), fragment.",
    "('http://h:80/p?a=1' | urlsplit).query",
    {"a": ["1"]},
)
def urlsplit_(value: Value) -> dict[str, Value]:
    parts = urlsplit(text_of("urlsplit", value))
    return {
        "scheme": parts.scheme,
        "host": parts.hostname,
        "port": parts.port,
        "path": parts.path,
        "query": parse_qs(parts.query, keep_blank_values=True, max_num_fields=1_000),
        "fragment": parts.fragment,
    }


@_section.define("encode", "The bytes of a text, UTF-8 or another encoding.", "('a' | encode).hex()", "61")
def encode(value: Value, encoding: str = "utf-8") -> bytes:
    return text_of("encode", value).encode(_encoding(encoding))


@_section.define("decode", "The text of bytes, UTF-8 or another encoding.", "('a' | encode) | decode", "a")
def decode(value: Value, encoding: str = "utf-8") -> str:
    if not isinstance(value, bytes):
        raise EvaluationError("`decode` needs bytes", "type")
    return value.decode(_encoding(encoding))


def _encoding(name: str) -> str:
    # Python's registry also holds codecs such as `idna` and `punycode`, which can take minutes.
    if name.lower().replace("_", "-") not in (
        "utf-8",
        "utf-16",
        "utf-32",
        "ascii",
        "latin-1",
        "cp1252",
        "iso-8859-1",
        "iso-8859-15",
    ):
        raise EvaluationError(
            f"there is no encoding `{name}` here", "value", help="utf-8, utf-16, latin-1, cp1252, ascii"
        )
    return name
