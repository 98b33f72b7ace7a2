"""The texts that lie beside synthetic tables: codebook and README."""

from __future__ import annotations

import pandas as pd

from mediation.simulation.generate import GENDERS, SyntheticStudy
from mediation.simulation.truth import Truth

NOTICE = (
    "Synthetic study: invented data, drawn by a program. No person, team or agency is behind it."
)


def codebook_text(truth: Truth) -> str:
    """Return the codebook: every column with meaning, unit, range and missing values."""
    fidelity, people, alliance = truth.fidelity, truth.covariates, truth.alliance
    scale = f"{alliance.low:g} to {alliance.high:g}"
    outcomes = [
        f"| `{y.name}` | {y.label}, sum score | {y.low:g} to {y.high:g} | not missing |"
        for y in truth.outcomes
    ]
    return "\n".join(
        [
            "# Codebook",
            "",
            NOTICE,
            "",
            "Every table has a first column `synthetic` that is 1 in every row. An empty cell is a",
            "missing value. Dates are ISO dates; the calendar they lie in is invented too.",
            "",
            "## fidelity.csv: one row per team and assessment",
            "",
            *_table_head(),
            "| `team` | Team, T01 onwards | text | not missing |",
            "| `assessment_date` | Day of the assessment, each team's own | date | not missing |",
            "| `fidelity` | Fidelity to the strengths model, mean of 10 indicators rated 1 to 5 "
            f"| {fidelity.low:g} to {fidelity.high:g} in steps of {fidelity.unit:g} "
            "| not missing |",
            "",
            "## clients.csv: one row per client",
            "",
            *_table_head(),
            "| `client_id` | Client, C001 onwards | text | not missing |",
            "| `organization` | Organization, O1 onwards | text | not missing |",
            "| `team` | Team inside the organization | text | not missing |",
            "| `case_manager` | Case manager inside the team, M01 onwards | text | not missing |",
            f"| `age` | Age at enrolment, years | {people.age_low:g} to {people.age_high:g} "
            "| not missing |",
            f"| `gender` | Gender | {', '.join(GENDERS)} | not missing |",
            "| `tenure_months` | Months with the agency before enrolment | 0 and above "
            "| not missing |",
            "",
            "## interviews.csv: one row per client and interview held",
            "",
            *_table_head(),
            "| `client_id` | Client | text | not missing |",
            "| `wave_months` | Scheduled months since enrolment | "
            f"{', '.join(f'{wave:g}' for wave in truth.design.waves)} | not missing |",
            "| `interview_date` | Day of the interview | date | not missing |",
            f"| `alliance` | Working alliance as the client rates it, RPRS sum score | {scale} "
            "| empty: not answered |",
            *outcomes,
            "",
            "Higher scores are better throughout. Clients who left, and single interviews that",
            "did not take place, have no row. `quality_of_life` follows the QOLI-20 (20 items, 1",
            "to 7), `hope` the Herth Hope Index (12 items, 1 to 4) and `community_functioning` the",
            "MCAS (17 items, 1 to 5). Their levels and spreads are assumptions, except for the",
            "MCAS (59.70, SD 8.65, published).",
            "",
        ]
    )


def readme_text(study: SyntheticStudy, seed: int, title: str) -> str:
    """Return the README of the folder, with the truth and counts of the study as written."""
    truth, interviews = study.truth, study.interviews
    held = interviews.groupby("wave_months").size()
    at_top = (interviews["alliance"] == truth.alliance.high).sum() / interviews["alliance"].count()
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
            "| as written | |",
            "|---|---|",
            f"| clients | {len(study.clients)} |",
            f"| teams, organizations | {study.clients['team'].nunique()}, "
            f"{study.clients['organization'].nunique()} |",
            f"| interviews held | {_held(held)} |",
            f"| alliance scores at the maximum | {at_top:.0%} |",
            "",
            "Files: `fidelity.csv`, `clients.csv`, `interviews.csv` (columns in `codebook.md`),",
            "`study.toml` (the manifest), `truth.json` (the answer).",
            "",
        ]
    )


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
