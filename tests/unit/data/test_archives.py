import stat
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pneumoscope.data.archives import ArchiveLimits, check_place, extract_archive, write_film
from pneumoscope.errors import DatasetError


def archive_of(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "out"


def test_files_are_unpacked_and_complete_ones_kept(tmp_path, folder):
    archive = archive_of(tmp_path / "a.zip", {"x/one.jpeg": b"1" * 500, "x/two.jpeg": b"2"})
    steps = []
    assert extract_archive(archive, folder, progress=lambda *step: steps.append(step)) == 2
    assert (folder / "x/one.jpeg").read_bytes() == b"1" * 500
    assert steps == [(1, 2), (2, 2)]
    (folder / "x/one.jpeg").write_bytes(b"1" * 499 + b"?")
    before = (folder / "x/two.jpeg").stat().st_mtime_ns
    assert extract_archive(archive, folder) == 1
    assert (folder / "x/one.jpeg").read_bytes() == b"1" * 500
    assert (folder / "x/two.jpeg").stat().st_mtime_ns == before


def test_place_chooses_and_renames(tmp_path, folder):
    archive = archive_of(tmp_path / "a.zip", {"keep.jpeg": b"k", "leave.txt": b"l"})
    extract_archive(
        archive, folder, place=lambda name: f"new/{name}" if name.endswith(".jpeg") else None
    )
    assert [
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    ] == ["new/keep.jpeg"]


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "/etc/evil",
        "..\\evil",
        "C:evil",
        "C:\\evil",
        "a/..",
        "nul\0.jpeg",
    ],
)
def test_climbing_and_absolute_paths_are_refused_before_anything_is_written(tmp_path, folder, name):
    with pytest.raises(DatasetError):
        check_place(name)
    archive = archive_of(tmp_path / "a.zip", {"good.jpeg": b"g", name.split("\0")[0]: b"bad"})
    if "\0" not in name:
        with pytest.raises(DatasetError, match="not a place"):
            extract_archive(archive, folder)
        assert not folder.exists()


@settings(deadline=None)
@given(name=st.text(max_size=30))
def test_whatever_place_is_accepted_lies_inside(name):
    try:
        place = check_place(name)
    except DatasetError:
        return
    assert (Path("/root-folder") / place).resolve().is_relative_to("/root-folder")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(tmp_path, folder, kind):
    entry = zipfile.ZipInfo("link.jpeg")
    entry.create_system = 3
    entry.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(entry, "/etc/passwd")
    with pytest.raises(DatasetError, match="link or a device"):
        extract_archive(tmp_path / "a.zip", folder)
    assert not folder.exists()


def test_bombs_are_refused_by_count_by_file_and_in_total(tmp_path, folder):
    archive = archive_of(tmp_path / "a.zip", {f"{i}.jpeg": bytes(100_000) for i in range(5)})
    assert archive.stat().st_size < 2_000
    for limits in (
        ArchiveLimits(max_files=4),
        ArchiveLimits(max_file_bytes=99_999),
        ArchiveLimits(max_total_bytes=499_999),
    ):
        with pytest.raises(DatasetError, match="refused"):
            extract_archive(archive, folder, limits=limits)
    assert not folder.exists()
    assert extract_archive(archive, folder, limits=ArchiveLimits(5, 100_000, 500_000)) == 5


def test_an_entry_that_unpacks_to_more_than_it_declares_is_refused(tmp_path, folder):
    archive = archive_of(tmp_path / "a.zip", {"a.jpeg": bytes(1_000_000)})
    data = archive.read_bytes()
    assert data.count(struct.pack("<I", 1_000_000)) == 2
    archive.write_bytes(data.replace(struct.pack("<I", 1_000_000), struct.pack("<I", 10)))
    with pytest.raises(DatasetError, match="damaged"):
        extract_archive(archive, folder)
    assert not (folder / "a.jpeg").exists()


def test_two_entries_for_one_place_are_refused(tmp_path, folder):
    archive = archive_of(tmp_path / "a.zip", {"a/x.jpeg": b"1", "b/x.jpeg": b"2"})
    with pytest.raises(DatasetError, match="two entries"):
        extract_archive(archive, folder, place=lambda name: name.split("/")[-1])


def test_encrypted_entries_are_refused(tmp_path, folder):
    archive = archive_of(tmp_path / "a.zip", {"a.jpeg": b"1"})
    data = bytearray(archive.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(data)
    with pytest.raises(DatasetError, match="encrypted"):
        extract_archive(archive, folder)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 10_000), value=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_archive_gives_our_error_or_the_right_bytes(tmp_path, place, value, cut):
    good = {"a.jpeg": bytes(range(256)), "b.jpeg": b"b" * 300}
    data = bytearray(archive_of(tmp_path / "a.zip", good).read_bytes())
    place %= len(data)
    if cut:
        del data[place:]
    else:
        data[place] = value
    (tmp_path / "b.zip").write_bytes(data)
    folder = tmp_path / f"out-{place}-{value}-{cut}"
    try:
        extract_archive(tmp_path / "b.zip", folder)
    except DatasetError:
        return
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert all(path.read_bytes() in good.values() for path in written)


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(places=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=8))
def test_whatever_decompressors_raise_becomes_our_error(tmp_path, method, places):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", method) as file:
        file.writestr("x/ä.jpeg", bytes(range(256)) * 4)
    data = bytearray(archive.read_bytes())
    for place in places:
        data[int(place * len(data))] ^= 0x5A
    archive.write_bytes(data)
    with suppress(DatasetError):
        extract_archive(archive, tmp_path / "out")


def test_a_linked_folder_inside_does_not_lead_out(tmp_path, folder):
    folder.mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / "train").symlink_to(outside)
    with pytest.raises(DatasetError, match="leads out"):
        write_film(folder, "train/film.jpeg", b"x")
    assert list(outside.iterdir()) == []


def test_a_link_in_the_place_of_a_film_is_replaced_not_followed(tmp_path, folder):
    folder.mkdir()
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (folder / "film.jpeg").symlink_to(victim)
    archive = archive_of(tmp_path / "a.zip", {"film.jpeg": b"precious"})
    assert extract_archive(archive, folder) == 1
    assert not (folder / "film.jpeg").is_symlink()
    assert victim.read_bytes() == b"precious"


def test_what_is_no_archive(tmp_path, folder):
    (tmp_path / "a.zip").write_bytes(b"hello")
    for path in (tmp_path / "a.zip", tmp_path / "missing.zip", tmp_path):
        with pytest.raises(DatasetError):
            extract_archive(path, folder)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_compression_is_refused_before_anything_is_written(tmp_path, folder, method):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as file:
        file.writestr("film.jpeg", b"film" * 100)
    with pytest.raises(DatasetError, match=r"film.jpeg is not compressed by deflate"):
        extract_archive(tmp_path / "a.zip", folder)
    assert not folder.exists()
