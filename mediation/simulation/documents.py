"""The texts that lie beside synthetic tables: codebook and README."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mediation.instruments.scale import metric_of
from mediation.simulation.generate import GENDERS, SyntheticStudy
from mediation.simulation.items import Scored, headers_of, key_of
from mediation.simulation.truth import Truth

NOTICE = (
    "Synthetic study: invented data, drawn by a program. No person, team or agency is behind it."
)


def codebook_text(truth: Truth) -> str:
    """Return the codebook: every column with meaning, unit, range and missing values."""
    design = truth.design
    return "\n".join(
        [
            "# Codebook",
            "",
            NOTICE,
            "",
            "Every table has a first column `synthetic` that is 1 in every row. An empty cell is a",
            "missing value. Dates are ISO dates; the calendar they lie in is invented too.",
            "Columns of items are numbered as in the scoring keys of the package; the words of the",
            "items are not here. Higher responses are better throughout.",
            "",
            "## fidelity.csv: one row per team and assessment",
            "",
            *_table_head(),
            "| `team` | Team, T01 onwards | text | not missing |",
            "| `assessment_date` | Day of the assessment, each team's own | date | not missing |",
            _score_row("fidelity", truth.fidelity, "Fidelity to the strengths model"),
            "",
            *_client_rows(truth),
            "## interviews.csv: one row per client and interview held",
            "",
            *_table_head(),
            "| `client_id` | Client | text | not missing |",
            "| `interview_date` | Day of the interview | date | not missing |",
            _score_row("alliance", truth.alliance, "Working alliance as the client rates it"),
            *(_score_row(y.name, y, y.label) for y in truth.outcomes),
            "",
            "Months since enrolment at which interviews are planned: "
            f"{', '.join(f'{wave:g}' for wave in design.waves)}.",
            f"An interview counts as of a wave up to {design.window_months:g} months before and "
            "after.",
            "Clients who left, and single interviews that did not take place, have no row. Levels",
            "and spreads of the scores are assumptions, except for the MCAS (59.70, SD 8.65,",
            "published).",
            "",
            *_spell_rows(),
        ]
    )


def _client_rows(truth: Truth) -> list[str]:
    people = truth.covariates
    return [
        "## clients.csv: one row per client",
        "",
        *_table_head(),
        "| `client_id` | Client, C001 onwards | text | not missing |",
        "| `organization` | Organization, O1 onwards | text | not missing |",
        "| `team` | Team at enrolment, inside the organization | text | not missing |",
        "| `case_manager` | Case manager at enrolment, inside the team, M01 onwards | text "
        "| not missing |",
        "| `enrolled` | Day of enrolment, which is that of the first interview | date "
        "| not missing |",
        f"| `age` | Age at enrolment, years | {people.age_low:g} to {people.age_high:g} "
        "| not missing |",
        f"| `gender` | Gender | {', '.join(GENDERS)} | not missing |",
        "| `tenure_months` | Months with the agency before enrolment | 0 and above | not missing |",
        "",
    ]


def _spell_rows() -> list[str]:
    return [
        "## spells.csv: one row per client and time with one case manager",
        "",
        *_table_head(),
        "| `client_id` | Client | text | not missing |",
        "| `case_manager` | Case manager | text | not missing |",
        "| `team` | Team of the case manager | text | not missing |",
        "| `start` | First day | date | not missing |",
        "| `end` | Last day | date | empty: it lasts |",
        "",
    ]


def _score_row(name: str, part: Scored, meaning: str) -> str:
    """Row of a score, or of its items."""
    key = key_of(part)
    if key is None or part.items is None or key.responses is None:
        missing = "empty: not answered" if name == "alliance" else "not missing"
        return f"| `{name}` | {meaning} | {part.low:g} to {part.high:g} | {missing} |"
    headers = headers_of(part.items, key)
    whole = f"{key.name}, {len(headers)} items"
    low, high = key.responses
    metric = metric_of(key).value
    missing = "not missing" if name == "fidelity" else "empty: not answered"
    return (
        f"| `{headers[0]}` to `{headers[-1]}` | {meaning}: {whole}; the score `{name}` is their "
        f"{metric}, {part.low:g} to {part.high:g} "
        f"| {low:g} to {high:g} | {missing} |"
    )


def readme_text(
    study: SyntheticStudy, tables: Mapping[str, pd.DataFrame], seed: int, title: str
) -> str:
    """Return the README of the folder, with the truth and counts of the tables as written."""
    truth = study.truth
    if truth.a == 0:
        world = "In this world fidelity does **not** move the alliance: every indirect effect is 0."
    else:
        world = f"In this world one point of fidelity raises the alliance by {truth.a:g} points."
    return "\n".join(
        [
            f"# {title}",
            "",
            f"**{NOTICE}**",
            "",
            "The design follows a published Canadian cohort (7 agencies, 14 teams, 311 clients, 5",
            "interviews, 6 fidelity assessments); coefficients, most levels and all dates are",
            f"invented. Drawn with seed {seed}; the same seed writes the same bytes.",
            "",
            world,
            "",
            "| outcome | a | b within | b between (latent) | c' | indirect within | total |",
            "|---|---|---|---|---|---|---|",
            *(_effect_row(truth, outcome.name) for outcome in truth.outcomes),
            "",
            "a: alliance points per point of fidelity; b: outcome points per point of alliance;",
            "the rest: outcome points per point of fidelity. `truth.json` has every parameter, and",
            "the slopes on observed team means.",
            "",
            *_counts(study, tables["interviews"]),
            "",
            "Files: `fidelity.csv`, `clients.csv`, `interviews.csv`, `spells.csv` (columns in",
            "`codebook.md`), `study.toml` (the manifest), `truth.json` (the answer). The tables",
            "have responses to items and dates, as a service would export them; `study.toml` says",
            "how they become scores and waves.",
            "",
        ]
    )


def _counts(study: SyntheticStudy, interviews: pd.DataFrame) -> list[str]:
    held = study.interviews.groupby("wave_months").size()
    first = study.spells.drop_duplicates("client_id")
    second = study.spells[study.spells["client_id"].duplicated()]
    changed = second.merge(first, on="client_id", suffixes=("", "_before"))
    n_team = int((changed["team"] != changed["team_before"]).sum())
    return [
        "| as written | |",
        "|---|---|",
        f"| clients | {len(study.clients)} |",
        f"| teams, organizations | {study.clients['team'].nunique()}, "
        f"{study.clients['organization'].nunique()} |",
        f"| interviews held | {_held(held)} |",
        f"| alliance scores at the maximum | {_share_at_top(study.truth, interviews):.0%} |",
        f"| clients who change case manager inside their team | {len(changed) - n_team} |",
        f"| clients who change team | {n_team} |",
    ]


def _share_at_top(truth: Truth, interviews: pd.DataFrame) -> float:
    """Share of the alliance scores at the maximum: all that was answered is the best response."""
    alliance = truth.alliance
    key = key_of(alliance)
    if key is None or alliance.items is None or key.responses is None:
        return float((interviews["alliance"].dropna() == alliance.high).mean())
    responses = interviews[list(headers_of(alliance.items, key))].dropna(how="all")
    return float((responses.isna() | (responses == key.responses[1])).all(axis=1).mean())


def _held(held: pd.Series[int]) -> str:
    return ", ".join(f"{count} at {wave:g}" for wave, count in held.items()) + " months"


def _effect_row(truth: Truth, name: str) -> str:
    values = (
        truth.a,
        truth.b_within(name),
        truth.b_between(name),
        truth.c_prime(name),
        truth.indirect_within(name),
        truth.total(name),
    )
    label = truth.outcome(name).label
    return f"| {label} | " + " | ".join(f"{value:.3f}" for value in values) + " |"


def _table_head() -> list[str]:
    return ["| column | meaning | values | missing |", "|---|---|---|---|"]
