"""Install the wheel in an environment of its own and run the main job from another directory.

Run as ``python -m tests.wheel_job DIST_FOLDER``. Not collected by pytest: it takes a minute.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

EVENT = "2021-liulin"
PAPERS = {
    "plan.json",
    "plan.geojson",
    "waybills.xlsx",
    "loading.html",
    "certificate.json",
    "summary.md",
    "map.png",
}


def main(dist: Path) -> None:
    """Build an environment, install the wheel, plan an event, and verify the plan."""
    (wheel,) = dist.glob("*.whl")
    constraints = Path(__file__).resolve().parent.parent / "constraints.txt"
    with tempfile.TemporaryDirectory() as name:
        elsewhere = Path(name)
        venv.create(elsewhere / "env", with_pip=True)
        binaries = elsewhere / "env" / "bin"
        install = [str(binaries / "python"), "-m", "pip", "install", "--quiet"]
        install += ["-c", str(constraints), str(wheel.resolve())]
        subprocess.run(install, check=True)  # noqa: S603
        work = elsewhere / "work"
        work.mkdir()
        relief = str(binaries / "relief")
        plan = [relief, "plan", EVENT, "--out", "plan", "--seconds", "10"]
        subprocess.run(plan, check=True, cwd=work)  # noqa: S603
        subprocess.run([relief, "verify", "plan"], check=True, cwd=work)  # noqa: S603
        missing = PAPERS - {path.name for path in (work / "plan").iterdir()}
        if missing:
            msg = f"The installed program left out {sorted(missing)}."
            raise SystemExit(msg)
    print(f"wheel: {wheel.name} installs, plans and verifies elsewhere")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
