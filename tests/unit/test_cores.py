"""How many cores are free, and what is done with them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from joblib.externals.loky import cpu_count

from pneumoscope import cores
from pneumoscope.errors import PneumoscopeError


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test sets is gone afterwards."""
    for name in (cores.SETTING, "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "")
    monkeypatch.delenv("LOKY_MAX_CPU_COUNT", raising=False)


def _files(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_free_cores_are_those_that_loky_counts() -> None:
    assert cores.free_cores() == cpu_count()


@pytest.mark.skipif(sys.platform != "linux", reason="affinity is Linux's")
def test_affinity_counts() -> None:
    code = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]);"
        "from pneumoscope.cores import free_cores; print(free_cores())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "1\n"


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "150000 100000\n"}, 1.5),
        ({"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "max 100000\n"}, None),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/b/cpu.max": "400000 100000\n",
                "sys/fs/cgroup/a/cpu.max": "200000 100000\n",
            },
            2.0,
        ),
        (
            {
                "proc/self/cgroup": "3:cpu,cpuacct:/docker/0a1b\n2:cpuset:/\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            },
            0.5,
        ),
        (
            {
                "proc/self/cgroup": "1:cpu:/\n0::/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            None,
        ),
        ({}, None),
    ],
    ids=["v2", "v2 without", "v2 above", "v1 in a container", "v1 without", "no cgroups"],
)
def test_quota_of_cgroups(tmp_path: Path, files: dict[str, str], quota: float | None) -> None:
    assert cores.cgroup_quota(_files(tmp_path, files)) == quota


def test_what_is_asked_goes_before_the_setting_and_that_before_cores() -> None:
    assert (cores.threads(), cores.is_set()) == (cores.free_cores(), False)
    cores.set_threads(3)
    assert (cores.threads(), cores.threads(5), cores.is_set()) == (3, 5, True)
    assert os.environ["OMP_NUM_THREADS"] == "3"


def test_libraries_are_told_what_nobody_else_has_told_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("OMP_WAIT_POLICY", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    cores.prepare_libraries()
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    assert os.environ["OMP_NUM_THREADS"] == str(cores.free_cores())
    assert os.environ["OPENBLAS_NUM_THREADS"] == "7"


@pytest.mark.parametrize("number", ["0", "-1", "two", "1.5"])
def test_what_is_no_number_of_threads_is_refused(
    number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(cores.SETTING, number)
    with pytest.raises(PneumoscopeError, match="no number of threads"):
        cores.threads()
