"""Words on the command line -> options -> pipeline; exit codes 0 done, 1 data, 2 usage."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from mediation.errors import MediationError


def _says_what_is_wrong(command: Callable[..., None]) -> Callable[..., None]:
    """Turn errors of the user's making into a message and exit code 1."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except MediationError as error:
            click.echo(f"{type(error).__name__}: {error}", err=True)
            sys.exit(1)

    return wrapped


def _progress(label: str) -> Callable[[list[Any]], Iterable[Any]]:
    from tqdm import tqdm

    # disable=None is silent when the output is not a terminal; quick work shows no bar.
    return lambda work: tqdm(work, desc=label, disable=None, delay=2, leave=False)


def _some_processes(_: click.Context, __: click.Parameter, value: int) -> int:
    if value == 0:
        raise click.BadParameter("0 processes do no work. Give 1, or -1 for all processors.")
    return value


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mediation")
def main() -> None:
    """Fidelity -> working alliance -> outcome mediation for clustered data."""


@main.command()
@click.argument("study", type=click.Path(path_type=Path))
@_says_what_is_wrong
def validate(study: Path) -> None:
    """List every problem of STUDY at once.

    STUDY is its study.toml. The exit code is 1 if there is an error.
    """
    from mediation.pipeline import rehearse
    from mediation.study.study import load_study, validate_study

    report = validate_study(study)
    # What only the linked tables show can be looked for once the tables are right.
    not_estimable = () if report.errors else rehearse(load_study(study))
    for problem in (*map(str, report.problems), *not_estimable):
        click.echo(problem)
        click.echo()
    n_errors = len(report.errors) + len(not_estimable)
    click.echo(f"{_counted(n_errors, 'error')}, {_counted(len(report.warnings), 'warning')}.")
    if n_errors:
        sys.exit(1)


@main.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder for the report."
)
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the manifest's seed.")
@_says_what_is_wrong
def report(study: Path, out: Path, seed: int | None) -> None:
    """Analyze STUDY and write tables, figures and the report.

    STUDY is its study.toml.
    """
    from mediation import pipeline

    files = pipeline.report(study, out, seed=seed, progress=_progress("models"))
    click.echo(f"{len(files)} files written to {out}; open {out / 'report.html'}")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--study",
    type=click.Path(path_type=Path),
    help="Its study.toml. Left out: the one nearby that has the recorded input.",
)
@_says_what_is_wrong
def verify(folder: Path, study: Path | None) -> None:
    """Repeat the analysis of a report and compare its numbers.

    The exit code is 1 if the study has changed or anything moved. The report stays as it is.
    """
    from mediation import pipeline
    from mediation.reporting.comparison_of_results import ABSOLUTE, RELATIVE
    from mediation.safe_text import printable

    found = pipeline.verify(folder, study, progress=_progress("models"))
    for moved in found.moved:
        click.echo(printable(str(moved)))
    for name, recorded, present in found.versions:
        click.echo(printable(f"Versions: {name} was {recorded}, is {present}."))
    numbers = f"{found.n_numbers:,} numbers"
    within = f"tolerance: relative {RELATIVE:g}, absolute {ABSOLUTE:g}"
    if found.moved:
        click.echo(f"{_counted(len(found.moved), 'value')} moved, of {numbers} ({within}).")
        sys.exit(1)
    click.echo(f"All {numbers} and {found.n_others:,} other values came out again ({within}).")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@_says_what_is_wrong
def init(folder: Path) -> None:
    """Guess a first study.toml from the tables in FOLDER.

    It is written there, and what could not be guessed is listed. A study.toml that is there
    already is never replaced.
    """
    from mediation.starting.start import NAME, write_manifest

    started = write_manifest(folder)
    click.echo(f"{folder / NAME} written from {_counted(started.n_tables, 'table')}.")
    if started.unknown:
        click.echo(f"{_counted(len(started.unknown), 'thing')} could not be guessed:")
    for number, text in enumerate(started.unknown, start=1):
        click.echo(f"  {number}. {text}")
    click.echo(f"Read it line by line, then run: mediation validate {folder / NAME}")


@main.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder for the codebook."
)
@_says_what_is_wrong
def codebook(study: Path, out: Path) -> None:
    """Write the data dictionary of STUDY, as Markdown and CSV.

    STUDY is its study.toml.
    """
    from mediation.reporting.codebook import write_codebook
    from mediation.study.study import load_study

    for file in write_codebook(load_study(study), out):
        click.echo(f"{file} written")


@main.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the twin.")
@click.option("--seed", type=click.IntRange(min=0), required=True, help="Of the twin's draws.")
@_says_what_is_wrong
def twin(study: Path, out: Path, seed: int) -> None:
    """Write a synthetic study of the shape of STUDY, for reviewers.

    STUDY is its study.toml. The twin is drawn from aggregates of the study. twin.md says how
    alike the two are, which checks of disclosure it passed, and what these do not guarantee.
    """
    from mediation.simulation.twin.write import write_twin

    files = write_twin(study, out, seed)
    click.echo(f"{len(files)} files written to {out}; read {out / 'twin.md'} first")


@main.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the study.")
@click.option("--seed", type=click.IntRange(min=0), help="Left out: that of the shipped study.")
@click.option("--null", "is_null", is_flag=True, help="No effect of fidelity on alliance (a = 0).")
@_says_what_is_wrong
def simulate(out: Path, seed: int | None, is_null: bool) -> None:
    """Write a synthetic study with its known truth."""
    from mediation.simulation.defaults import DEFAULT_SEED, default_truth
    from mediation.simulation.variants import null
    from mediation.simulation.write import NULL_TITLE, TITLE, write_study

    truth = null(default_truth()) if is_null else default_truth()
    seed = DEFAULT_SEED if seed is None else seed
    write_study(truth, seed, out, title=NULL_TITLE if is_null else TITLE)
    click.echo(f"Synthetic study written to {out}; its truth is in {out / 'truth.json'}")


@main.command()
@click.argument("design", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder for table and figure."
)
@click.option(
    "--jobs",
    type=click.IntRange(min=-1),
    default=-1,
    show_default=True,
    callback=_some_processes,
    help="Processes on this machine; -1 is one for each processor.",
)
@click.option("--scheduler", help="Dask scheduler to send the work to, e.g. tcp://10.0.0.1:8786.")
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the design's seed.")
@_says_what_is_wrong
def coverage(design: Path, out: Path, jobs: int, scheduler: str | None, seed: int | None) -> None:
    """Simulate DESIGN: error rates, coverage and power of its methods.

    DESIGN is a TOML file. A run that was stopped goes on where it was when the same command is
    given again.
    """
    from dataclasses import replace

    from mediation.reporting.write_coverage import write_coverage
    from mediation.simulation.laboratory import read_design, run_coverage

    grid = read_design(design)
    grid = grid if seed is None else replace(grid, seed=seed)
    try:
        with _progress_in_studies() as progress:
            table = run_coverage(grid, out, n_jobs=jobs, scheduler=scheduler, progress=progress)
    except KeyboardInterrupt:
        click.echo(
            f"Stopped. What was finished is kept in {out}; the same command goes on from there.",
            err=True,
        )
        sys.exit(130)
    files = write_coverage(table, out)
    click.echo(f"{_counted(len(table), 'row')} in {out / 'coverage.csv'}; see {files[0]}")


@contextmanager
def _progress_in_studies() -> Iterator[Callable[[int, int], None]]:
    from tqdm import tqdm

    with tqdm(desc="studies", unit="", unit_scale=True, disable=None, delay=2) as bar:

        def show(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        yield show
