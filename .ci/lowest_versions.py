"""Run the fast tests of the base install with the lowest versions that pyproject.toml allows.

`python .ci/lowest_versions.py` makes an environment of its own, .venv-lowest, in which every
dependency of the base, and of the extras `codecs`, `serve` and `postgresql`, has exactly its lower
bound; what tests need besides may be newer. Arguments are passed on to pytest.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / ".venv-lowest"
EXTRAS = ("codecs", "serve", "postgresql")
FOR_TESTS = (
    "httpx",
    "hypothesis",
    "onnx",
    "pylibjpeg",
    "pytest",
    "pytest-timeout",
    "pytest-xdist",
    "scikit-learn",
    "statsmodels",
    "tifffile",
)
# What runs on these packages, apart from what needs minutes.
TESTS = (
    "history",
    "imaging",
    "inference",
    "metrics",
    "modelfile",
    "pictures",
    "phantoms",
    "runs",
    "cli/test_demo.py",
    "cli/test_models.py",
    "cli/test_predict.py",
    "cli/test_standard_output.py",
    "cli/test_terminal.py",
    "data/test_archives.py",
    "data/test_sources.py",
    "data/test_table.py",
)
SERVICE_TESTS = (
    "tests/unit/serving",
    "tests/serving/test_connections.py",
    "tests/serving/test_predictions_api.py",
)


def lowest_versions() -> list[str]:
    """The dependencies of the base and of some extras, pinned to their lower bounds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    requirements = [*project["dependencies"], *(one for name in EXTRAS for one in extras[name])]
    pinned = [
        requirement.replace(">=", "==")
        for requirement in requirements
        if not requirement.startswith(project["name"])
    ]
    if unbounded := [pin for pin in pinned if "==" not in pin or "," in pin]:
        sys.exit(f"Without a lower bound alone: {', '.join(unbounded)}.")
    return pinned


def main() -> None:
    """Make the environment and run the tests; ends with pytest's status."""
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    python = str(ENVIRONMENT / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    pip = [
        python,
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--only-binary=:all:",
    ]
    subprocess.run([*pip, "-e", ".", *lowest_versions(), *FOR_TESTS], cwd=ROOT, check=True)
    subprocess.run([python, "-m", "pip", "check"], cwd=ROOT, check=True)
    tests = [*(f"tests/unit/{name}" for name in TESTS), *SERVICE_TESTS]
    command = [
        python,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "-m",
        "not slow and not films and not dcmtk",
    ]
    sys.exit(subprocess.run([*command, *tests, *sys.argv[1:]], cwd=ROOT).returncode)


if __name__ == "__main__":
    main()
