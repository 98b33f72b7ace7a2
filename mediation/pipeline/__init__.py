"""The whole analysis: a study in, a report out."""

from mediation.pipeline.cells import LAST_BEFORE as LAST_BEFORE
from mediation.pipeline.plans import Plan as Plan
from mediation.pipeline.plans import plan_grid as plan_grid
from mediation.pipeline.plans import rehearse as rehearse
from mediation.pipeline.report import analyze as analyze
from mediation.pipeline.report import report as report
from mediation.pipeline.verify import Verification as Verification
from mediation.pipeline.verify import verify as verify
