"""A folder holds a whole plan or is left as it was."""

from pathlib import Path

import pytest

from api.documents.folder import check_target, write_folder
from relief.errors import InvalidInput

PAPERS = {"plan.json": b"{}", "certificate.json": b"{}"}


def test_a_plan_is_left_in_a_new_folder_and_its_parents(tmp_path: Path) -> None:
    write_folder(tmp_path / "out" / "plan", PAPERS)
    assert {p.name: p.read_bytes() for p in (tmp_path / "out" / "plan").iterdir()} == PAPERS
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["plan"]


def test_an_earlier_plan_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write_folder(tmp_path / "plan", {**PAPERS, "map.png": b"old"})
    write_folder(tmp_path / "plan", {**PAPERS, "plan.json": b"new"})
    assert sorted(p.name for p in (tmp_path / "plan").iterdir()) == sorted(PAPERS)
    assert (tmp_path / "plan" / "plan.json").read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["plan"]


@pytest.mark.parametrize("name", ["holiday.jpg", "plan.json"])
def test_foreign_files_are_never_touched(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_bytes(b"dear")
    with pytest.raises(InvalidInput, match=f"other things than an earlier answer: {name}"):
        write_folder(tmp_path / "mine", PAPERS)
    assert [p.read_bytes() for p in (tmp_path / "mine").iterdir()] == [b"dear"]


def test_a_file_and_the_working_directory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(InvalidInput, match="This is a file"):
        check_target(tmp_path / "file")
    with pytest.raises(InvalidInput, match="cannot be made"):
        check_target(tmp_path / "file" / "below")
    monkeypatch.chdir(tmp_path)
    for name in (".", ".."):
        with pytest.raises(InvalidInput, match="cannot be replaced"):
            check_target(Path(name))


def test_what_breaks_while_writing_leaves_the_earlier_plan(tmp_path: Path) -> None:
    write_folder(tmp_path / "plan", PAPERS)
    broken = {**PAPERS, "map.png": "not bytes"}
    with pytest.raises(TypeError, match="str"):
        write_folder(tmp_path / "plan", broken)  # type: ignore[arg-type]
    assert {p.name: p.read_bytes() for p in (tmp_path / "plan").iterdir()} == PAPERS
    assert [p.name for p in tmp_path.iterdir()] == ["plan"]


def test_a_folder_that_the_system_refuses_is_told(tmp_path: Path) -> None:
    # What is written beside it would have too long a name.
    with pytest.raises(InvalidInput, match="The folder cannot be written: File name too long"):
        write_folder(tmp_path / ("x" * 250), PAPERS)
    assert not list(tmp_path.iterdir())
