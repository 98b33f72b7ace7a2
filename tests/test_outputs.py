"""A set of files comes whole or not at all, and the earlier ones stay usable."""

import errno
import os
from pathlib import Path

import pytest

from mediation import outputs
from mediation.errors import ReportError, SimulationError
from mediation.outputs import write_files

OLD = {"a.txt": b"old a", "deep/b.txt": b"old b", "gone/c.txt": b"old c"}
NEW = {"a.txt": b"new a", "deep/b.txt": b"new b", "deep/er/d.txt": b"new d", "e.txt": b"new e"}


def snapshot(folder):
    """Every file and folder below a folder, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def write(files, folder, **options):
    return write_files(files, folder, failure=ReportError, **options)


@pytest.fixture
def folder(tmp_path):
    """A folder with earlier files and one of someone else."""
    target = tmp_path / "out"
    write(OLD, target)
    (target / "notes.txt").write_bytes(b"mine")
    return target


def test_new_folder_has_the_files_and_nothing_else(tmp_path):
    written = write(NEW, tmp_path / "one" / "two")
    assert [path.relative_to(tmp_path / "one" / "two").as_posix() for path in written] == sorted(
        NEW
    )
    files = {k: v for k, v in snapshot(tmp_path).items() if v is not None}
    assert files == {f"one/two/{path}": content for path, content in NEW.items()}


def test_earlier_files_are_replaced_obsolete_ones_go_and_others_stay(folder):
    write(NEW, folder, obsolete=("gone/c.txt", "a.txt", "never/there.txt"))
    files = {k: v for k, v in snapshot(folder).items() if v is not None}
    assert files == {**NEW, "notes.txt": b"mine"}


def fail_at(monkeypatch, number, error, *, on="replace", inside="new"):
    """Let the n-th move of a file (from `inside` the workplace) raise."""
    real, count = getattr(Path, on), [0]

    def moving(self, target):
        if inside in self.parts and any(outputs.PREFIX in part for part in self.parts):
            count[0] += 1
            if count[0] == number:
                raise error
        return real(self, target)

    monkeypatch.setattr(Path, on, moving)
    return count


NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("error", [NO_SPACE, KeyboardInterrupt(), MemoryError()], ids=repr)
@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_move_that_fails_brings_the_earlier_files_back(folder, monkeypatch, number, links, error):
    before = snapshot(folder)
    if not links:
        monkeypatch.setattr(os, "link", lambda *_, **__: (_ for _ in ()).throw(OSError("no")))
    fail_at(monkeypatch, number, error)
    expected = ReportError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        write(NEW, folder, obsolete=("gone/c.txt",))
    assert snapshot(folder) == before
    assert set(folder.parent.iterdir()) == {folder}


def test_the_fifth_move_is_none_so_that_four_fail_above(folder, monkeypatch):
    count = fail_at(monkeypatch, 5, NO_SPACE)
    write(NEW, folder)
    assert count == [4]


def test_interrupt_right_after_a_move_brings_the_earlier_files_back(folder, monkeypatch):
    before, real = snapshot(folder), Path.replace

    def moving(self, target):
        real(self, target)
        if self.name == "d.txt" and "new" in self.parts:
            raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", moving)
    with pytest.raises(KeyboardInterrupt):
        write(NEW, folder)
    assert snapshot(folder) == before


def test_removal_that_fails_brings_the_earlier_files_back(folder, monkeypatch):
    before, real = snapshot(folder), Path.replace

    def moving(self, target):
        if self.name == "c.txt" and self.parent.name == "gone" and "new" not in self.parts:
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", moving)
    with pytest.raises(KeyboardInterrupt):
        write(NEW, folder, obsolete=("gone/c.txt",))
    assert snapshot(folder) == before


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "there"])
@pytest.mark.parametrize("error", [NO_SPACE, KeyboardInterrupt()], ids=repr)
def test_writing_that_fails_leaves_everything_as_it_was(tmp_path, monkeypatch, is_new, error):
    target = tmp_path / "deep" / "out"
    if not is_new:
        write(OLD, target)
    before, real = snapshot(tmp_path), Path.write_bytes

    def writing(self, content):
        if self.name == "d.txt":
            real(self, content[:2])
            raise error
        return real(self, content)

    monkeypatch.setattr(Path, "write_bytes", writing)
    expected = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else ReportError
    with pytest.raises(expected):
        write(NEW, target)
    assert snapshot(tmp_path) == before


def test_new_folder_that_cannot_be_renamed_is_not_there(tmp_path, monkeypatch):
    fail_at(monkeypatch, 1, NO_SPACE, on="rename")
    with pytest.raises(ReportError, match="Found out: No space left on device"):
        write(NEW, tmp_path / "deep" / "out")
    assert snapshot(tmp_path) == {}


def test_earlier_files_that_cannot_be_put_back_are_kept_and_said(folder, monkeypatch):
    before, real = snapshot(folder), Path.replace

    def moving(self, target):
        if self.name == "d.txt" or ("old" in self.parts and self.name == "a.txt"):
            raise NO_SPACE
        return real(self, target)

    monkeypatch.setattr(Path, "replace", moving)
    with pytest.raises(ReportError, match=r"Could not be: a\.txt\. They are in the folder \.wri"):
        write(NEW, folder)
    kept = [path.read_bytes() for path in folder.rglob("old/**/a.txt")]
    assert kept == [b"old a"]
    assert (folder / "deep/b.txt").read_bytes() == before["deep/b.txt"]


def test_permissions_are_those_of_any_new_file(tmp_path):
    old = os.umask(0o027)
    try:
        write(NEW, tmp_path / "new")
        write(NEW, tmp_path / "new")
    finally:
        os.umask(old)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "new" / "deep" / "er").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "new" / "a.txt").stat().st_mode & 0o777 == 0o640


def test_link_to_a_folder_stays_a_link_and_a_file_that_is_a_link_is_replaced(folder, tmp_path):
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_bytes(b"not ours")
    (folder / "a.txt").unlink()
    (folder / "a.txt").symlink_to(elsewhere)
    (tmp_path / "link").symlink_to(folder)
    write(NEW, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (folder / "a.txt").read_bytes() == b"new a"
    assert elsewhere.read_bytes() == b"not ours"


@pytest.mark.parametrize("kind", ["file", "folder of a file", "file of a folder"])
def test_what_is_in_the_way_is_named_and_stays(tmp_path, kind):
    target = tmp_path / "out"
    if kind == "file":
        target.write_bytes(b"mine")
    elif kind == "folder of a file":
        (target / "a.txt").mkdir(parents=True)
    else:
        target.mkdir()
        (target / "deep").write_bytes(b"mine")
    before = snapshot(tmp_path)
    words = {
        "file": "Found out: a file of this name exists",
        "folder of a file": "Found a folder `a.txt`",
        "file of a folder": "Found a file `deep`",
    }
    with pytest.raises(SimulationError, match=words[kind]):
        write_files(NEW, target, failure=SimulationError)
    assert snapshot(tmp_path) == before
