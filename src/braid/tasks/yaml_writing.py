"""Values as YAML that reads back as the same values, by the 1.2 core schema as well as by older readers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import yaml

from braid.language.document_scalars import NumberTooLargeError, resolve_plain


class YamlDumper(yaml.SafeDumper):
    """Writes block style; texts of several lines stand as they are."""

    def ignore_aliases(self, data: object) -> bool:
        # `&id001` for a list that happens to be the same object would surprise its reader.
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value and value.strip() else None
    try:
        is_text = isinstance(resolve_plain(value), str)
    except NumberTooLargeError:
        is_text = False
    # PyYAML quotes what YAML 1.1 would misread; `1e3` or `0o7` are text there, and numbers in 1.2.
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style if is_text else "'")


def _date(dumper: yaml.SafeDumper, value: date) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", value.isoformat())


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.ScalarNode:
    kind = "int" if value == value.to_integral_value() else "float"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", format(value, "f"))


def _number(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    text = repr(value)
    # YAML 1.1 wants a point before the exponent.
    return dumper.represent_scalar("tag:yaml.org,2002:float", text if "." in text else text.replace("e", ".0e"))


YamlDumper.add_representer(str, _text)
YamlDumper.add_representer(float, _number)
YamlDumper.add_representer(Decimal, _decimal)
YamlDumper.add_multi_representer(date, _date)
