"""The command line, run as people run it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli import main
from api.documents.folder import PAPERS

QUICK = ("--seconds", "20", "--iterations", "20")
Finished = subprocess.CompletedProcess[str]


def relief(*arguments: str, at: Path, **environment: str) -> Finished:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "api.cli", *arguments],
        cwd=at,
        env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Finished]:
    """Call the command line in this process, which spares loading everything anew."""

    def call(*arguments: str) -> Finished:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["relief", *arguments])
        for name in ("RELIEF_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return Finished(arguments, code if isinstance(code, int) else 0, out, err)

    return call


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Finished]:
    folder = tmp_path_factory.mktemp("work")
    return folder, relief("plan", "2021-liulin", *QUICK, at=folder)


def test_a_plan_leaves_its_papers_and_tells_what_it_does(planned: tuple[Path, Finished]) -> None:
    folder, finished = planned
    assert finished.returncode == 0, finished.stderr
    assert {path.name for path in (folder / "out" / "2021-liulin").iterdir()} == set(PAPERS)
    for words in (
        "Liulin town", "柳林镇", "People affected: 8,000", "Coverage", "county", "Worst shortfalls",
        "No plan for this situation can do better than", "no violation", "approximate",
        "relief verify out/2021-liulin", "relief whatif 2021-liulin",
    ):  # fmt: skip
        assert words in finished.stdout
    # Nobody watches: plain lines, no control characters.
    assert "first usable plan" in finished.stderr
    assert "\x1b" not in finished.stdout + finished.stderr


def test_verify_needs_nothing_but_the_folder(
    planned: tuple[Path, Finished], tmp_path: Path
) -> None:
    moved = (planned[0] / "out" / "2021-liulin").rename(tmp_path / "moved")
    finished = relief("verify", str(moved), at=tmp_path)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "The plan holds" in finished.stdout
    record = json.loads(relief("verify", str(moved), "--json", at=tmp_path).stdout)
    assert record["holds"]
    assert record["num_files"] == len(PAPERS)
    (moved / "waybills.xlsx").write_bytes(b"another truck")
    finished = relief("verify", str(moved), "--lang", "zh", at=tmp_path)
    assert finished.returncode == 1
    assert "waybills.xlsx" in finished.stderr
    assert "计划不成立" in finished.stdout
    moved.rename(planned[0] / "out" / "2021-liulin")


def test_json_is_all_there_is_on_standard_output(
    called: Callable[..., Finished], tmp_path: Path
) -> None:
    finished = called("plan", "2021-liulin", *QUICK, "--json", "--out", "p")
    assert finished.returncode == 0, finished.stderr
    record = json.loads(finished.stdout)
    assert record["certificate"]["holds"]
    assert sorted(record["files"]) == sorted(f"p/{name}" for name in PAPERS)
    assert all((tmp_path / file).is_file() for file in record["files"])


def test_the_locale_or_the_option_chooses_the_language(
    called: Callable[..., Finished], tmp_path: Path
) -> None:
    chinese = relief("events", at=tmp_path, LANG="zh_CN.UTF-8")
    assert "灾害事件库" in chinese.stdout
    english = relief("events", "--lang", "en", at=tmp_path, LANG="zh_CN.UTF-8")
    assert "Event library" in english.stdout
    for code in ("2016-meiyu", "2020-meiyu", "2021-liulin"):
        assert code in chinese.stdout
    record = json.loads(called("events", "--json").stdout)
    assert [event["code"] for event in record] == ["2016-meiyu", "2020-meiyu", "2021-liulin"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan", "2016-meiyi"), ["There is no such event", "2016-meiyu"]),
        (
            ("plan", "nowhere", "--at", "soon", "--seconds", "0", "--engine", "horse",
             "--profile", "mine", "--network", "none"),
            ["--at = 'soon'", "--seconds = '0'", "--engine = 'horse'", "no such event",
             "no such factor profile", "no such network folder"],
        ),
        (("plan", "2021-liulin", "--out", "."), ["--out", "cannot be replaced"]),
        (("plan", "2021-liulin", "--at", "2021-01-01T08:00"), ["2021-liulin", "received"]),
        (("plan", "2021-liulin", "--lang", "fr"), ["--lang = 'fr'", "zh, en"]),
        (("verify", "nowhere"), ["No plan is kept here"]),
        (("serve", "--host", "0.0.0.0"), ["--host", "this machine only"]),  # noqa: S104 - refused
        (("serve", "--port", "99999"), ["--port", "0 to 65535"]),
        (("serve", "--database", "no/such/folder/x.sqlite3", "--port", "0"), ["cannot be opened"]),
        (("frobnicate",), ["No such command"]),
    ],
)  # fmt: skip
def test_bad_input_is_refused_whole_with_status_2(
    called: Callable[..., Finished], tmp_path: Path, arguments: tuple[str, ...], said: list[str]
) -> None:
    finished = called(*arguments)
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert "Traceback" not in finished.stderr
    for words in said:
        assert words in finished.stderr
    assert list(tmp_path.iterdir()) == []


def test_faults_are_told_in_chinese_one_a_line(called: Callable[..., Finished]) -> None:
    finished = called("plan", "nowhere", "--seed", "-1", "--lang", "zh")
    lines = [line for line in finished.stderr.splitlines() if " = " in line]
    assert finished.returncode == 2
    assert len(lines) == 2
    assert "随机种子不能为负数" in lines[0]
    assert "允许：" in lines[1]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_and_a_request_to_end_leave_nothing(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "plan", "2021-liulin", "--seconds", "300"],
        cwd=tmp_path,
        env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    heard = ""
    while "allocating stock" not in heard:
        line = process.stderr.readline()
        assert line, heard
        heard += line
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == status
    assert "Traceback" not in stderr
    assert stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_help_is_there_for_everything_in_both_languages(
    called: Callable[..., Finished],
) -> None:
    finished = called("--help")
    assert finished.returncode == 0
    for command in ("plan", "verify", "events", "serve", "whatif", "reserve"):
        assert command in finished.stdout
    for command, option in (("plan", "--at"), ("verify", "--json"), ("serve", "--database")):
        text = called(command, "--help").stdout
        assert option in text
        assert "示例" in text
        assert f"relief {command}" in text
