"""Data in a shell script is inert: it arrives as it is, and nothing of it is run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from braid.expressions.errors import EvaluationError
from braid.language.task_kind import Interpolated, Part
from braid.tasks.shell import Shell
from braid.tasks.shell_quoting import VARIABLE_BYTES_MAX, join_script, quoted_script
from braid.testing.fake_context import FakeContext, act

PLACES = {
    "unquoted": "printf '%s' @",
    "inside a word": "printf '%s' ab@cd",
    "double quotes": 'printf "%s" "ab@cd"',
    "single quotes": "printf '%s' 'ab@cd'",
    "substitution": "x=$(printf '%s.' @); printf '%s' \"${x%.}\"",
    "substitution in double quotes": "x=\"$(printf '%s.' @)\"; printf '%s' \"${x%.}\"",
    "double quotes in substitution in double quotes": 'x="$(printf "%s." "@")"; printf "%s" "${x%.}"',
    "backticks": "x=`printf '%s.' @`; printf '%s' \"${x%.}\"",
    "default value": "printf '%s' \"${UNSET_NAME:-@}\"",
    "default value unquoted": "printf '%s' ${UNSET_NAME:-@}",
    "assignment": 'x=@; printf "%s" "$x"',
    "here-document": "cat <<EOF\n@\nEOF\n",
    "indented here-document": "cat <<-EOF\n\t@\n\tEOF\n",
    "after a here-document": "cat <<A >/dev/null; cat <<B\nx'\nA\n@\nB\n",
    "case": "case @ in '') ;; *) printf '%s' @ ;; esac",
    "after a comment with an apostrophe": "# it's\nprintf '%s' @",
}
ATTACKS = [
    "; touch pwned",
    "$(touch pwned)",
    "`touch pwned`",
    "| touch pwned",
    "&& touch pwned",
    "& touch pwned &",
    "\ntouch pwned\n",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "'\"; touch pwned; \"'",
    "\\'; touch pwned; \\'",
    "\\",
    "${IFS}touch${IFS}pwned",
    "$((touch pwned))",
    "> pwned",
    ">(touch pwned)",
    "\nEOF\ntouch pwned\ncat <<EOF\n",
    "\n\tEOF\ntouch pwned\n",
    "}; touch pwned; {",
    ") ; touch pwned ; (",
    "}$(touch pwned)",
    "* ? [a-z] ~",
    "-n",
    "a  b\tc",
    "$HOME $BRAID_1 ${BRAID_1}",
    "# touch pwned",
    "!touch",
    "%s%n",
    "naïve ☃ 𝒳 \u202e",
    "\x01\x7f\x1b[31m",
]


def scripted(script: str, value: Any) -> dict[str, Any]:  # Any: values of the language
    """What becomes of a script with `value` at each `@`."""
    parts: list[Part] = []
    for text in script.split("@"):
        parts += [Interpolated(value, raw=False), text]
    return join_script(parts[1:])


@pytest.mark.parametrize("place", PLACES)
async def test_data_in_a_script_arrives_unchanged_and_is_never_run(
    place: str, context: FakeContext, tmp_path: Path
) -> None:
    for attack in ATTACKS:
        joined = scripted(PLACES[place], attack)
        done = await act(Shell(), {"run": joined}, context)

        shown = f"ab{attack}cd" if "ab@cd" in PLACES[place] else attack
        assert done["stdout"] == shown.rstrip("\n"), (place, attack, joined["script"])
        assert os.listdir(tmp_path) == [], (place, attack)
        assert joined["script"] == scripted(PLACES[place], "harmless")["script"], "the script depends on data"


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("echo \\\0", "backslash"),
        ("echo $\0", "dollar"),
        ('echo "$\0"', "dollar"),
        ("cat <<'EOF'\n\0\nEOF\n", "quoted"),
        ("cat <<\\EOF\n\0\nEOF\n", "quoted"),
        ("cat <<\0\nx\n", "delimiter"),
        ("echo $((1 + \0))", "evaluate"),
        ('echo "$((1 + \0))"', "evaluate"),
        ("((x = \0))", "evaluate"),
        ("echo ${\0}", "NAME"),
        ("echo ${x:\0}", "NAME"),
        ("echo $'a' \0", "shell"),
        ("sh -c 'echo \0'", "code"),
        ("find . -exec sh -c \"echo \0\" ';'", "code"),
        ("bash -ec echo\0", "code"),
        ("python3 -c 'print(\"\0\")'", "code"),
        ("eval \0", "code"),
        ("eval echo \0", "code"),
        ("awk '/\0/ {print}' file", "code"),
        ("sed 's/a/\0/' file", "code"),
        ("true; [[ \0 -eq 1 ]]", "code"),
    ],
)
def test_interpolation_that_the_shell_would_evaluate_is_refused(template: str, why: str) -> None:
    with pytest.raises(EvaluationError, match=why) as caught:
        quoted_script(template)
    assert caught.value.help


@pytest.mark.parametrize(
    ("template", "script"),
    [
        ("sh -c 'echo \"$1\"' _ \0", 'sh -c \'echo "$1"\' _ "${BRAID_1}"'),
        ("awk -v name=\0 '{print name}'", "awk -v name=\"${BRAID_1}\" '{print name}'"),
        ("sed 's/a/b/' \0", "sed 's/a/b/' \"${BRAID_1}\""),
        ("echo $((1 + 2)) \0", 'echo $((1 + 2)) "${BRAID_1}"'),
        ("grep -c \0", 'grep -c "${BRAID_1}"'),
        ("echo \\$ \0 '$' \0", 'echo \\$ "${BRAID_1}" \'$\' "${BRAID_2}"'),
        ("echo a # \0\necho \0", 'echo a # ${BRAID_1}\necho "${BRAID_2}"'),
        ("cat <<'A' && cat <<B\n$x\nA\n\0\nB\n", "cat <<'A' && cat <<B\n$x\nA\n${BRAID_1}\nB\n"),
        ("echo a#b '\0", "echo a#b ''\"${BRAID_1}\"'"),
    ],
)
def test_reference_is_quoted_where_it_stands(template: str, script: str) -> None:
    assert quoted_script(template) == script


def test_raw_text_becomes_part_of_the_script() -> None:
    joined = join_script(["echo '", Interpolated("a' b", raw=True), " ", Interpolated("c", raw=False)])

    assert joined == {"script": "echo 'a' b \"${BRAID_1}\"", "variables": {"BRAID_1": "c"}}


def test_values_become_text_as_everywhere() -> None:
    values = [None, True, 1.5, ["a", {"b": 1}]]
    joined = join_script([Interpolated(value, raw=False) for value in values])

    assert list(joined["variables"].values()) == ["", "true", "1.5", '["a",{"b":1}]']


@pytest.mark.parametrize("value", ["a\0b", "x" * (VARIABLE_BYTES_MAX + 1)])
def test_value_that_no_variable_can_hold_is_refused(value: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        join_script(["echo ", Interpolated(value, raw=False)])
    assert "stdin" in caught.value.help


async def test_value_of_the_largest_size_arrives(context: FakeContext) -> None:
    value = "é" * (VARIABLE_BYTES_MAX // 2)
    done = await act(Shell(), {"run": scripted("printf %s @", value)}, context)

    assert done["stdout"] == value
