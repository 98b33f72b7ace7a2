"""Parallel work leaves nothing of its data on a disk."""

import numpy as np
import pytest
from joblib import Parallel, delayed

from mediation.inference.streams import run_all


def work_on(data, folder):
    """As a resampling hands it out: a callable that holds the rows."""

    def files_meanwhile():
        # Other processes know this by value, so it brings what it needs along.
        from pathlib import Path

        import numpy as np

        files = Path(folder).rglob("*")
        sizes = [path.stat().st_size for path in files if path.is_file()]
        return float(data.sum()), isinstance(data, np.memmap), max(sizes, default=0)

    return files_meanwhile


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    return tmp_path


def test_large_arrays_are_not_put_into_files(folder):
    data = np.ones(1_000_000)
    # The control: joblib by itself would write the eight megabytes down.
    control = Parallel(n_jobs=2)(delayed(work_on(data, str(folder)))() for _ in range(2))
    assert all(is_map and size > 7_000_000 for _, is_map, size in control)
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()
    found = run_all([work_on(data, str(folder)), work_on(data, str(folder))], 2)
    assert found == [(1e6, False, 0)] * 2
    assert not [path for path in folder.rglob("*") if path.is_file()]
