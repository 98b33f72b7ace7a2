"""Studies of other shapes than the shipped one, to make twins of. All values are drawn here."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

NL = "\n"
ITEMS = 12


@dataclass(frozen=True)
class Source:
    """A study in Dutch: other names than the package's own, agencies and teams as `kring`."""

    n_organizations: int = 7
    teams_each: int = 2
    clients_each: int = 12
    changes: bool = True
    months: bool = False
    enrolled: bool = False
    window: float | None = None
    wave_column: bool = True
    items: bool = False
    spells: bool = False
    goals: bool = False
    covariates: bool = True
    baseline: bool = True
    engine: str = "mixed_models"
    one_level: bool = False
    a: float = 3.0
    b: float = 0.5
    contextual: float = 0.0
    shared: float = 0.0
    late: float = 0.0
    more: str = ""
    edits: dict = field(default_factory=dict)

    @property
    def n_teams(self):
        return self.n_organizations * self.teams_each

    def write(self, folder: Path, seed: int = 0) -> Path:
        """Write tables and manifest; the path of the manifest."""
        rng = np.random.default_rng(seed)
        n = self.n_teams * self.clients_each
        team = np.repeat(np.arange(self.n_teams), self.clients_each)
        clients = self._clients(team, n, rng)
        starts = rng.uniform(1, 12, n).round(2)
        if self.enrolled:
            clients["aanmelding"] = self._dates(starts)
        fidelity, at = self._fidelity(rng)
        lasting = rng.normal(0, 1, self.n_teams)[team] + rng.normal(0, 4, len(team))
        band = self._band(team, starts, at, lasting, rng)
        interviews = self._interviews(clients, team, starts, band, lasting, rng)
        folder.mkdir(parents=True, exist_ok=True)
        clients.to_csv(folder / "mensen.csv", index=False)
        fidelity.to_csv(folder / "trouw.csv", index=False)
        interviews.to_csv(folder / "gesprekken.csv", index=False)
        if self.spells:
            spells = clients[["nr", "begeleider", "kring"]].assign(
                van=self._dates(starts), tot=None
            )
            later = spells.iloc[::5].assign(
                begeleider=lambda d: d["begeleider"].str.replace("b0", "b1"),
                van=self._dates(starts[::5] + 5),
            )
            spells.loc[spells.index[::5], "tot"] = self._dates(starts[::5] + 4.9)
            pd.concat([spells, later]).to_csv(folder / "begeleiding.csv", index=False)
        if self.goals:
            self._goals(interviews, rng).to_csv(folder / "doelen.csv", index=False)
        path = folder / "studie.toml"
        path.write_text(self.manifest(), encoding="utf-8")
        return path

    def _dates(self, months):
        if self.months:
            return np.round(months, 2)
        days = np.rint(np.asarray(months) * 30.4375).astype(int)
        return [str(np.datetime64("2017-03-01") + np.timedelta64(int(d), "D")) for d in days]

    def _clients(self, team, n, rng):
        manager = [f"b0{t}_{k}" for t, k in zip(team, np.arange(n) % 3, strict=True)]
        return pd.DataFrame(
            {
                "nr": [f"geheim{7000 + k}" for k in range(n)],
                "instelling": [f"Huis {t // self.teams_each}" for t in team],
                "kring": [f"kring {t}" for t in team],
                "begeleider": manager,
                "leeftijd": rng.normal(41, 11, n).round(1),
                "dagen": rng.gamma(1.5, 60, n).round(),
                "woning": rng.choice(["eigen", "begeleid", "=opvang"], n, p=[0.6, 0.37, 0.03]),
            }
        )

    def _fidelity(self, rng):
        months = np.array([0.0, 6, 12, 18, 30])
        level = rng.normal(3.2, 0.5, self.n_teams)
        rise = 0.03 * months if self.changes else 0 * months
        noise = rng.normal(0, 0.2, (self.n_teams, 5)) * self.changes
        scores = np.clip(np.round(level[:, None] + rise + noise, 1), 1, 5)
        table = pd.DataFrame(
            {
                "kring": np.repeat([f"kring {t}" for t in range(self.n_teams)], 5),
                "bezoek": self._dates(np.tile(months, self.n_teams)),
                "score": scores.ravel(),
            }
        )
        return table, (months, scores)

    def _band(self, team, starts, at, lasting, rng):
        months, scores = at
        waves = []
        for wave in (0, 4, 8):
            x = [np.interp(s + wave, months, scores[t]) for s, t in zip(starts, team, strict=True)]
            waves.append(36 + self.a * (np.array(x) - 3.4) + lasting + rng.normal(0, 4, len(team)))
        return np.clip(np.rint(np.stack(waves, axis=1)), ITEMS, 5 * ITEMS)

    def _interviews(self, clients, team, starts, band, lasting, rng):
        n = len(clients)
        # First scores share as much with what lasts in the mediator.
        own = (1 - self.shared**2) ** 0.5 * rng.normal(0, 8, n)
        first = np.rint(50 + 8 * self.shared * lasting / 17**0.5 + own)
        mean = pd.Series(band[:, 1]).groupby(team).transform("mean").to_numpy()
        later = 25 + 0.5 * (first - 50) + self.b * band[:, 1] + self.contextual * mean
        hope = np.stack([first, *(np.rint(later + rng.normal(0, 6, n)) for _ in range(2))], axis=1)
        shift = rng.normal(0, 0.3, (n, 3)) * (np.arange(3) > 0)
        if self.late:
            shift += rng.exponential(self.late, (n, 1))
        client, wave = np.nonzero(rng.random((n, 3)) > np.array([0.0, 0.1, 0.2]))
        table = {"nr": clients["nr"].to_numpy()[client]}
        plan = np.array([0, 4, 8])[wave]
        if self.wave_column:
            exact = (plan + shift[client, wave]).round(2)
            table["ronde"] = plan if self.window is None else exact
        table["dag"] = self._dates((starts[client] + plan + shift[client, wave]).round(2))
        if self.items:
            for item in range(ITEMS):
                steps = (band[client, wave] - ITEMS).astype(int)
                table[f"v{item + 1}"] = 1 + steps // ITEMS + (item < steps % ITEMS)
        else:
            table["band"] = band[client, wave]
        table["hoop"] = np.clip(hope, 0, 100)[client, wave]
        return pd.DataFrame(table)

    def _goals(self, interviews, rng):
        rows = interviews.loc[interviews.index.repeat(3), ["nr", "ronde"]]
        return rows.assign(stand=rng.choice(["gehaald", "niet", "bijna"], len(rows)))

    def manifest(self):
        """Text of the manifest."""
        tables = [
            _table("fidelity", "trouw.csv", {"kring": "kring", "date": "bezoek", "trouw": "score"}),
            _table("clients", "mensen.csv", self._client_columns()),
            _table("interviews", "gesprekken.csv", self._interview_columns()),
        ]
        if self.spells:
            names = {"client": "nr", "case_manager": "begeleider", "start": "van", "end": "tot"}
            tables.append(_table("spells", "begeleiding.csv", names))
        if self.goals:
            names = {"client": "nr", "wave": "ronde", "status": "stand"}
            tables.append(_table("goals", "doelen.csv", names))
        covariates = '["leeftijd", "woning"]' if self.covariates else "[]"
        window = "" if self.window is None else f"window = {self.window}\n"
        outcomes = '["hoop", "doelen"]' if self.goals else '["hoop"]'
        levels = ["instelling", "kring"][self.one_level :]
        clusters = "[" + ", ".join(f'"{level}"' for level in levels) + "]"
        text = f"""# geheim: wie dit leest
[study]
name = "Trouw en band"
synthetic = false
note = "geheime opmerking"
seed = 3
{NL.join(tables)}
{self._variables()}
[waves]
values = [0, 4, 8]
{window}
[linkage]
predictor = "trouw"
clock = "{"months" if self.months else "date"}"
{self.more}
[[models]]
name = "Trouw, band en hoop"
headline = "indirect within"
predictor = "trouw"
mediators = ["band"]
outcomes = {outcomes}
waves = [{{ mediator = 4, outcome = 8 }}]
baseline = {str(self.baseline).lower()}
covariates = {covariates}
clusters = {clusters}
[models.engine]
name = "{self.engine}"
"""
        for old, new in self.edits.items():
            assert old in text, old
            text = text.replace(old, new)
        return text

    def _client_columns(self):
        columns = {"client": "nr", "kring": "kring", "case_manager": "begeleider"}
        if not self.one_level:
            columns["instelling"] = "instelling"
        if self.enrolled:
            columns["enrolled"] = "aanmelding"
        more = {"leeftijd": "leeftijd", "dagen": "dagen", "woning": "woning"}
        return {**columns, **(more if self.covariates else {})}

    def _interview_columns(self):
        columns = {"client": "nr", "date": "dag", "hoop": "hoop"}
        columns |= {"wave": "ronde"} if self.wave_column else {}
        return columns | ({} if self.items else {"band": "band"})

    def _variables(self):
        parts = ['[variables.hoop]\nkind = "score"\nrange = [0, 100]\nunit = 1']
        parts.append('[variables.trouw]\nlabel = "Trouw"\nkind = "score"\nrange = [1, 5]')
        if self.items:
            parts.append('[scores.band]\nfile = "band.toml"\nitems = "v{}"')
        else:
            parts.append('[variables.band]\nkind = "score"\nrange = [12, 60]\nunit = 1')
        if self.goals:
            goals = '[scores.doelen]\ninstrument = "goal_attainment"\ntable = "goals"'
            parts.append(f'{goals}\nattained = ["gehaald"]')
        if self.covariates:
            levels = '["eigen", "begeleid", "=opvang"]'
            parts.append(f'[variables.woning]\nkind = "category"\nlevels = {levels}')
        return NL.join(parts)


KEY = f"""
key = "band"
name = "Band"
version = "12 items"
measures = "working alliance"
rater = "client"
source = "none"
note = "Made up for tests."
verified = false
responses = [1, 5]
items = [{", ".join(f'"{k + 1}"' for k in range(ITEMS))}]
metric = "sum"
"""


def _table(role, file, columns):
    lines = [f"[tables.{role}]", f'file = "{file}"', f"[tables.{role}.columns]"]
    return NL.join([*lines, *(f'{name} = "{header}"' for name, header in columns.items())])
