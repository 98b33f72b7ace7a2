"""Other worlds made from one truth: without an effect, or of another size."""

from __future__ import annotations

from dataclasses import replace

from mediation.simulation.parameters import ClusterSpread
from mediation.simulation.truth import Truth


def null(truth: Truth) -> Truth:
    """Return the same world without an effect of fidelity on the alliance.

    Parameters
    ----------
    truth : Truth

    Returns
    -------
    Truth
        With a = 0 and everything else alike.

    Examples
    --------
    >>> from mediation.simulation.defaults import default_truth
    >>> null(default_truth()).indirect_within("hope")
    0.0
    """
    return replace(truth, a=0.0)


def scaled(
    truth: Truth,
    *,
    n_organizations: int,
    n_teams_per_organization: int,
    clients_per_team: int,
    alliance_noise: float = 1.0,
    outcome_noise: float = 1.0,
) -> Truth:
    """Return the same effects in a study of another size and with other noise.

    Parameters
    ----------
    truth : Truth
    n_organizations, n_teams_per_organization, clients_per_team : int
        Size of the study.
    alliance_noise : float
        Factor on what moves the alliance inside teams besides covariates and time: case
        managers, severity, stable and passing deviations. Team and organization effects stay.
    outcome_noise : float
        Factor on the random effects and residual of outcomes after baseline.

    Returns
    -------
    Truth

    Examples
    --------
    >>> from mediation.simulation.defaults import default_truth
    >>> large = scaled(default_truth(), n_organizations=50, n_teams_per_organization=2,
    ...                clients_per_team=30)
    >>> large.design.n_clients
    3000
    """
    n_teams = n_organizations * n_teams_per_organization
    alliance = truth.alliance
    outcomes = tuple(
        replace(
            outcome,
            clusters=ClusterSpread(
                outcome_noise * outcome.clusters.organization,
                outcome_noise * outcome.clusters.team,
                outcome_noise * outcome.clusters.manager,
            ),
            sd_residual=outcome_noise * outcome.sd_residual,
        )
        for outcome in truth.outcomes
    )
    return replace(
        truth,
        design=replace(
            truth.design,
            n_organizations=n_organizations,
            team_sizes=(clients_per_team,) * n_teams,
            teams_per_organization=None,
        ),
        alliance=replace(
            alliance,
            severity=alliance_noise * alliance.severity,
            clusters=replace(alliance.clusters, manager=alliance_noise * alliance.clusters.manager),
            sd_client=alliance_noise * alliance.sd_client,
            sd_occasion=alliance_noise * alliance.sd_occasion,
        ),
        outcomes=outcomes,
    )
