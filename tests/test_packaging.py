"""The distribution holds our five packages, and nobody else's."""

import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("relief", "solvers", "geodata", "scenarios", "api")


def test_the_five_names_are_ours_alone() -> None:
    owners = packages_distributions()
    for name in PACKAGES:
        assert set(owners[name]) == {"disaster-relief-logistics"}


def test_every_folder_with_modules_is_a_package() -> None:
    for name in PACKAGES:
        for path in (ROOT / name).rglob("*.py"):
            assert (path.parent / "__init__.py").exists(), path


def test_constraints_pin_every_direct_dependency() -> None:
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    needed = {
        requirement.split(";")[0].split("[")[0].split("=")[0].split("<")[0].split(">")[0].strip()
        for requirement in requires("disaster-relief-logistics") or []
    }
    assert sorted(name for name in needed if name.lower().replace("_", "-") not in pinned) == []


def test_data_files_are_packaged() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["*"]
    for name in PACKAGES:
        for path in (ROOT / name).rglob("*"):
            # Compiled code and caches of compiled functions are made where they are used.
            is_cached = "__pycache__" in path.parts
            if path.is_file() and not is_cached and path.suffix not in {".py", ".typed"}:
                assert any(path.match(pattern) for pattern in patterns), path
