"""Our own rules, checked on the syntax trees of the packages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("relief", "solvers", "geodata", "scenarios", "api")
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations/versions" not in path.as_posix()
)
CLOCKLESS = ("relief", "solvers", "geodata", "scenarios")
FORBIDDEN_WORDS = ("utils", "helpers", "manager", "handler", "processor", "common", "misc")
# The units of house rule 7, and words for quantities that are pure numbers.
UNIT_SUFFIXES = (
    "_kg", "_g", "_t", "_m3", "_cm3", "_m2", "_m", "_km", "_ha", "_h", "_s", "_km_h", "_yuan",
    "_fen", "_pieces", "_people", "_share", "_ppm", "_deg", "_kwh", "_fen_per_km", "_months",
    "_days", "_milli", "_mm", "_dbw", "_pa", "_c", "_per_h", "_min", "_gap", "_per_year",
    "_sigma", "_mean", "_factor",
)  # fmt: skip
PURE_NUMBERS = {
    "objective", "bound", "value", "factor", "weight", "weights", "ratio", "gap", "seconds",
    "low", "likely", "high", "probability", "quantile", "mean", "level", "slope", "intercept",
    "confidence", "alpha", "tolerance", "x", "y", "score", "dual", "duals", "costs", "cost",
    "margin", "scale", "step", "total", "utilisation", "penalty", "price", "worth",
}  # fmt: skip


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def id_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_name(node: ast.expr, *names: str) -> bool:
    return (isinstance(node, ast.Name) and node.id in names) or (
        isinstance(node, ast.Attribute) and node.attr in names
    )


def dataclasses_in(tree: ast.Module) -> Iterator[tuple[ast.ClassDef, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                head = decorator.func if isinstance(decorator, ast.Call) else decorator
                if is_name(head, "dataclass"):
                    yield node, decorator


@pytest.mark.parametrize("path", MODULES, ids=id_of)
def test_dataclasses_are_frozen_and_slotted(path: Path) -> None:
    for node, decorator in dataclasses_in(tree_of(path)):
        flags = (
            {
                keyword.arg
                for keyword in decorator.keywords
                if isinstance(keyword.value, ast.Constant) and keyword.value.value is True
            }
            if isinstance(decorator, ast.Call)
            else set()
        )
        # A mutable dataclass is working memory of one module: it must say so with its underscore.
        assert node.name.startswith("_") or {"frozen", "slots"} <= flags, (
            f"{id_of(path)}:{node.lineno} dataclass {node.name} is not frozen and slotted"
        )


@pytest.mark.parametrize("path", MODULES, ids=id_of)
def test_measured_fields_carry_their_unit(path: Path) -> None:
    for node, _ in dataclasses_in(tree_of(path)):
        for field in node.body:
            if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
                continue
            name = field.target.id
            if not is_name(field.annotation, "float"):
                continue
            assert name.endswith(UNIT_SUFFIXES) or name.lstrip("_") in PURE_NUMBERS, (
                f"{id_of(path)}:{field.lineno} float field {name} of {node.name} names no unit"
            )


@pytest.mark.parametrize(
    "path", [path for path in MODULES if id_of(path).split("/")[0] in CLOCKLESS], ids=id_of
)
def test_the_domain_reads_no_clock_and_no_global_randomness(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = ast.unparse(node.func)
            assert name not in {
                "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time",
            }, f"{id_of(path)}:{node.lineno} reads the clock: {name}"  # fmt: skip
            assert not (name.startswith("random.") and name != "random.Random"), (
                f"{id_of(path)}:{node.lineno} global randomness: {name}"
            )
            assert not (name.startswith("np.random.") and name != "np.random.default_rng"), (
                f"{id_of(path)}:{node.lineno} global randomness: {name}"
            )


@pytest.mark.parametrize("path", MODULES, ids=id_of)
def test_module_is_named_by_its_concept_and_stays_readable(path: Path) -> None:
    parts = id_of(path).removesuffix(".py").split("/")
    assert not [word for part in parts for word in part.split("_") if word in FORBIDDEN_WORDS]
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


@pytest.mark.parametrize("path", MODULES, ids=id_of)
def test_sentences_are_literal_so_that_the_catalogue_can_hold_them(path: Path) -> None:
    if id_of(path) == "relief/sentences.py":
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and is_name(node.func, "say"):
            assert node.args, f"{id_of(path)}:{node.lineno} say() without a text"
            assert isinstance(node.args[0], ast.Constant), (
                f"{id_of(path)}:{node.lineno} say() with a text that is made at run time"
            )


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    found = [
        f"{id_of(path)}:{node.lineno}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"skip", "skipif", "xfail"}
    ]
    assert found == []


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_only_settings_read_the_environment() -> None:
    # The search crew reads nothing from it, but hands it on to its processes whole.
    allowed = {"api/settings.py", "solvers/routing/search_crew.py"}
    found = [
        f"{id_of(path)}:{node.lineno}"
        for path in MODULES
        if id_of(path) not in allowed
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]
    assert found == []
