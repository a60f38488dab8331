"""Commands never write over films, and over what somebody else made only with --overwrite."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pneumoscope.cli.main import main
from pneumoscope.phantoms import write_phantoms
from varied_model import write_varied_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    write_varied_model(folder / "other.onnx", seed=1)
    return write_varied_model(folder / "model.onnx", seed=2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_phantoms(folder, 12, seed=0, widths=(100, 120))
    return folder / "chest_xray"


# What is given to each command that writes results, and one of the files that it writes.
COMMANDS = {
    "demo": ("demo --model MODEL --out OUT", "index.html"),
    "evaluate": ("evaluate MODEL DATA --replicates 5 --out OUT", "evaluation.json"),
    "compare": ("compare MODEL --data DATA --out OUT", "pairs.csv"),
    "explain": ("explain MODEL DATA/test --out OUT", "panels/NORMAL/film.png"),
    "assess": ("explain MODEL DATA --assess --out OUT", "figures/probes.svg"),
    "audit": ("data audit DATA --out OUT", "samples.png"),
    "split": ("data split DATA --out OUT/split.csv", "split.csv"),
    "export": ("export MODEL --flip --out OUT/flipped.onnx", "flipped.onnx"),
    "ensemble": ("ensemble MODEL OTHER --out OUT/one.onnx", "one.onnx"),
    "predict": ("predict DATA/test/NORMAL --model MODEL --heatmaps OUT", "FILM.png"),
    "predict --out": ("predict DATA --model MODEL --out OUT/findings.csv", "findings.csv"),
}


class Command:
    """A command with its folders filled in; `file` is one of the files that it writes."""

    def __init__(self, name: str, model: Path, data: Path, out: Path) -> None:
        film = min(path.name for path in (data / "test" / "NORMAL").iterdir())
        places = {
            "MODEL": str(model),
            "OTHER": str(model.with_name("other.onnx")),
            "DATA": str(data),
            "OUT": str(out),
        }
        line, written = COMMANDS[name]
        self.out, self.file = out, out / written.replace("FILM", film)
        self._arguments = []
        for argument in line.split():
            for word, place in places.items():
                argument = argument.replace(word, place)
            self._arguments.append(argument)

    def run(self, *more: str) -> Result:
        return CliRunner().invoke(main, [*self._arguments, *more])

    def files(self) -> dict[Path, tuple[int, bytes]]:
        """Everything in the folder, with what tells whether it was touched."""
        return {
            path: (path.stat().st_mtime_ns, path.read_bytes())
            for path in self.out.rglob("*")
            if path.is_file()
        }


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_of_somebody_else_is_replaced(
    name: str, model: Path, data: Path, tmp_path: Path
) -> None:
    command = Command(name, model, data, tmp_path / "out")
    command.file.parent.mkdir(parents=True)
    command.file.write_bytes(b"theirs")
    before = command.files()
    result = command.run()
    assert result.exit_code == 1
    assert str(command.file) in result.stderr
    assert "--overwrite" in result.stderr
    assert result.stdout == ""  # the job has not begun
    assert command.files() == before


@pytest.mark.parametrize("name", ["split", "export", "predict"])
def test_what_is_ours_is_replaced_until_somebody_changes_it(
    name: str, model: Path, data: Path, tmp_path: Path
) -> None:
    command = Command(name, model, data, tmp_path / "out")
    command.out.mkdir()
    for _ in range(2):
        assert command.run().exit_code == 0
    made = command.file.read_bytes()
    command.file.write_bytes(b"changed since")
    assert "--overwrite" in command.run().stderr
    assert command.file.read_bytes() == b"changed since"
    assert command.run("--overwrite").exit_code == 0
    assert len(command.file.read_bytes()) == pytest.approx(len(made), rel=0.1)
    assert command.run().exit_code == 0


def test_no_film_is_ever_replaced(model: Path, data: Path, tmp_path: Path) -> None:
    film = next((data / "test" / "NORMAL").iterdir())
    folder = tmp_path / "ward"
    folder.mkdir()
    (folder / "a").write_bytes(film.read_bytes())
    (folder / "a.png").symlink_to(film)  # where the overlay of `a` would go, and a film itself
    arguments = ["predict", str(folder), "--model", str(model), "--heatmaps", str(folder)]
    for more in ([], ["--overwrite"]):
        result = CliRunner().invoke(main, arguments + more)
        assert result.exit_code == 1
        assert f"{folder / 'a.png'} is one of the films" in result.stderr
    (folder / "a.png").unlink()
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert (folder / "a").read_bytes() == film.read_bytes()


def test_a_link_in_the_place_of_a_result_is_somebody_elses(
    model: Path, data: Path, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs.csv"
    theirs.write_text("theirs", encoding="utf-8")
    link = tmp_path / "split.csv"
    link.symlink_to(theirs)
    arguments = ["data", "split", str(data), "--out", str(link)]
    assert "--overwrite" in CliRunner().invoke(main, arguments).stderr
    assert CliRunner().invoke(main, [*arguments, "--overwrite"]).exit_code == 0
    assert theirs.read_text(encoding="utf-8") == "theirs"
    assert not link.is_symlink()
