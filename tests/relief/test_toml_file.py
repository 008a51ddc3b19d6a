"""TOML files: what is read, and what is refused."""

from decimal import Decimal
from pathlib import Path

import pytest

from relief.errors import InvalidInput
from relief.toml_file import read_toml


def test_text_and_content_are_returned(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text("share = 0.1\n", encoding="utf-8")
    # A tenth stays a tenth: it is no binary fraction.
    assert read_toml(path) == ("share = 0.1\n", {"share": Decimal("0.1")})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"policy\.toml.*cannot be read"):
        read_toml(tmp_path / "policy.toml")


@pytest.mark.parametrize("content", [b"share = = 0.1\n", b"\xff\xfe"])
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"policy\.toml.*is not TOML"):
        read_toml(path)
