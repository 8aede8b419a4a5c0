"""The house limits, and rules of the house that no linter knows."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from attending.core import errors, ports
from attending.core.errors import AttendingError

ROOT = Path(__file__).parents[2]
FILE_LINES, FUNCTION_LINES = 500, 60
STORAGE = Path("src/attending/adapters/storage")

# A statement at the beginning of a text, not the word in a sentence: a table or a list
# of columns has to follow.
_SQL = re.compile(
    r"^\s*(select\s.+\sfrom\s|select\s+(set_config|pg_|attending\.|queue\.)|insert\s+into\s"
    r"|update\s+[\w.\"]+\s+set\s|delete\s+from\s|(create|alter|drop|truncate)\s+(table|function"
    r"|view|policy|role|index|schema|trigger|database)\s|grant\s+\w+.*\s(on|to)\s)",
    re.IGNORECASE | re.DOTALL,
)

# Outside the storage room, and why: an administrator's own set-up of the demo.
SQL_ELSEWHERE = {"src/attending/demo/installation.py"}


def files(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def too_long(source: str) -> list[str]:
    return [
        function.name
        for function in functions(ast.parse(source))
        if (function.end_lineno or 0) - function.lineno + 1 > FUNCTION_LINES
    ]


def sql_in(source: str) -> list[str]:
    """Texts that are SQL; of an f-string, its fixed parts."""
    return [
        node.value.strip()[:60]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.match(node.value)
    ]


def test_there_is_something_to_look_at() -> None:
    assert len(files("src")) > 60
    assert len(files("tests")) > 30


def test_files_are_short() -> None:
    every = [*files("src", "tests", "benchmarks"), *(ROOT / "src").rglob("*.sql")]
    assert [named(p) for p in every if len(p.read_text().splitlines()) > FILE_LINES] == []


def test_functions_are_short() -> None:
    long = [
        f"{named(path)}: {name}"
        for path in files("src", "tests", "benchmarks")
        for name in too_long(path.read_text())
    ]
    assert long == []


def test_a_long_function_is_seen() -> None:
    body = "\n".join("    pass" for _ in range(FUNCTION_LINES))
    assert too_long(f"def long():\n{body}") == ["long"]
    assert too_long(f"class A:\n  def long(self):\n{body}") == ["long"]
    assert too_long("def short():\n    pass") == []


def test_sql_is_in_the_storage_room_alone() -> None:
    found = {
        named(path): sql_in(path.read_text())
        for path in files("src")
        if not path.is_relative_to(ROOT / STORAGE)
    }
    assert {name: texts for name, texts in found.items() if texts}.keys() <= SQL_ELSEWHERE


@pytest.mark.parametrize(
    "text",
    [
        "select id from attending.cases",
        "\n  SELECT a,\n b\n FROM t",
        "insert into t values (1)",
        "update attending.cases set state = 'released'",
        "delete from t",
        "truncate table t",
        "alter role x superuser",
        "select set_config('attending.tenant', 'x', true)",
    ],
)
def test_sql_is_recognised(text: str) -> None:
    assert sql_in(f"x = {text!r}")
    assert sql_in(f"x = f'''{text} {{y}}'''")


@pytest.mark.parametrize(
    "text",
    ["Select a file to upload.", "update the case", "Delete this section", "grant", "create"],
)
def test_prose_is_no_sql(text: str) -> None:
    assert sql_in(f"x = {text!r}") == []


def test_migrations_of_lines_stay_in_their_own_tables() -> None:
    """They make tables through protect(), and touch nothing that stands."""
    found = [*(ROOT / "src/attending/lines").rglob("migrations/*.sql"),
             *(ROOT / "tests/plugins").rglob("migrations/*.sql")]  # fmt: skip
    assert found
    for path in found:
        text = re.sub(r"--.*", "", path.read_text()).lower()
        made = set(re.findall(r"create table attending\.(\w+)", text))
        protected = set(re.findall(r"attending\.protect\('(\w+)'\)", text))
        granted = set(re.findall(r"grant [^;]*? on (?:table )?attending\.(\w+)", text))
        assert made == protected, path
        assert granted <= made, path
        for forbidden in ("security definer", "alter role", "drop ", "disable ", "create policy"):
            assert forbidden not in text, f"{path}: {forbidden}"


class TestErrors:
    def classes(self) -> list[type[AttendingError]]:
        return [
            each
            for each in vars(errors).values()
            if inspect.isclass(each) and issubclass(each, AttendingError)
        ]

    def test_codes_are_unique_and_stable_in_form(self) -> None:
        codes = [each.code for each in self.classes()]
        assert len(set(codes)) == len(codes)
        assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", code) for code in codes)
        assert all("code" in vars(each) for each in self.classes())

    def test_every_error_says_what_to_do(self) -> None:
        for each in self.classes():
            assert each.remedy.endswith("."), each
            assert len(each.remedy) > 20, each

    def test_the_tree_is_drawn_as_it_is(self) -> None:
        branch = re.compile(r"^((?:│   |    )*)[├└]── (\w+)", re.MULTILINE)
        drawn = {name: len(stem) // 4 + 1 for stem, name in branch.findall(errors.__doc__ or "")}
        above = len(AttendingError.__mro__)
        tree = {each.__name__: len(each.__mro__) - above for each in self.classes()}
        assert tree == {"AttendingError": 0, **drawn}

    def test_errors_come_from_this_tree_alone(self) -> None:
        """No other class of errors is made in the product, but private ones."""
        for path in files("src"):
            if path.name == "errors.py" and path.parent.name == "core":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    bases = {ast.unparse(base) for base in node.bases}
                    assert not bases & {"Exception", "ValueError", "RuntimeError"}, named(path)


def test_every_port_says_what_it_is_for() -> None:
    """A protocol, or all that is in it, is explained where it is declared."""
    silent = [
        name
        for name, port in vars(ports).items()
        if inspect.isclass(port) and getattr(port, "_is_protocol", False)
        and port.__module__ == ports.__name__ and not port.__doc__
    ]  # fmt: skip
    assert [name for name in silent if name != "Timeline"] == []


def test_nothing_is_named_for_nothing() -> None:
    words = {"utils", "util", "helpers", "helper", "manager", "misc", "common", "base"}
    stems = {named(path): path.stem for path in [*files("src", "tests"), *folders()]}
    assert [name for name, stem in stems.items() if words & set(stem.split("_"))] == []


def folders() -> list[Path]:
    every = [*(ROOT / "src").rglob("*"), *(ROOT / "tests").rglob("*")]
    return [path for path in every if path.is_dir() and path.name != "__pycache__"]


def test_rooms_import_one_way() -> None:
    """The contracts of pyproject.toml, as `make check` runs them."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_a_signed_entry_is_made_in_one_place() -> None:
    """Nobody but ``verified`` knows the seal."""
    knowing = [
        named(path)
        for path in files("src")
        if re.search(r"\b_SEAL\b|SignedEntry\(", path.read_text())
    ]
    assert knowing == ["src/attending/core/entry.py"]
