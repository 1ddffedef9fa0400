"""Many files on more than one machine: a `dask.distributed` cluster, here of two processes."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rckp
from conformance.tests.corpus import cases, corpus

NOW = 1767225700000  # ms
GOOD = corpus()["reader/full"].data


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what dask deprecates, or says of its workers' end
        import distributed

        cluster: Any = distributed.Client  # it has no types
        with cluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            host="127.0.0.1",
        ) as made:
            yield made


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    directory = tmp_path_factory.mktemp("dask")
    contents = [case.data for case in cases("decode", "reader")][::5] + [GOOD] * 1000
    made = [directory / f"{i:05}.ckpt" for i in range(len(contents))]
    for path, content in zip(made, contents, strict=True):
        path.write_bytes(content)
    return [*map(str, made), "nowhere", str(directory)]


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_says_what_one_process_says(client: Any, paths: list[str]) -> None:
    alone = list(rckp.validate_many(paths, now_ms=NOW))
    assert {report.valid for report in alone} == {True, False, None}
    with client.get_executor() as executor:
        assert list(rckp.validate_many(paths, executor=executor, now_ms=NOW, chunk=50)) == alone


@pytest.mark.filterwarnings("ignore")
def test_a_worker_of_the_cluster_that_is_killed_loses_nothing(
    client: Any, paths: list[str]
) -> None:
    alone = list(rckp.validate_many(paths, now_ms=NOW))
    workers = list(client.run(os.getpid).values())
    assert len(set(workers)) == 2
    assert os.getpid() not in workers
    found = []
    with client.get_executor() as executor:
        reports = rckp.validate_many(paths, executor=executor, now_ms=NOW, chunk=10, in_flight=8)
        for report in reports:
            found.append(report)
            if len(found) == 100:
                os.kill(workers[0], signal.SIGKILL)
    assert found == alone
    assert workers[0] not in client.run(os.getpid).values()


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_makes_the_catalogue_of_one_process(
    client: Any, paths: list[str], tmp_path: Path
) -> None:
    """The same table, and the same bytes of a file; a worker is killed on the way."""
    alone = rckp.frame(paths, now_ms=NOW)
    assert set(alone["verdict"].to_pylist()) == {"valid", "invalid", "unreadable"}
    rckp.write_catalogue(tmp_path / "alone", paths, now_ms=NOW)
    with client.get_executor() as executor:
        assert rckp.frame(paths, executor=executor, now_ms=NOW, chunk=50).equals(alone)
        workers = list(client.run(os.getpid).values())
        assert len(set(workers)) == 2
        os.kill(workers[0], signal.SIGKILL)
        target = tmp_path / "together"
        rckp.write_catalogue(target, paths, executor=executor, now_ms=NOW, chunk=10, in_flight=8)
    assert target.read_bytes() == (tmp_path / "alone").read_bytes()
