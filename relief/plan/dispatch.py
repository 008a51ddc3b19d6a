"""The heart: a situation goes in, a verified plan comes out."""

from relief.errors import ReliefError
from relief.plan.allocation import Allocator
from relief.plan.assembly import assemble
from relief.plan.certificate import Certificate
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import Router
from relief.plan.situation import Situation
from relief.plan.verify import verify


class PlanRejected(ReliefError):
    """A plan broke a rule. This is a defect of a solver, never of the input.

    Parameters
    ----------
    plan
        The plan that was refused.
    certificate
        The violations.
    """

    def __init__(self, plan: DispatchPlan, certificate: Certificate) -> None:
        self.plan = plan
        self.certificate = certificate
        first = certificate.violations[0]
        super().__init__(
            f"Plan {plan.plan_id} breaks {len(certificate.violations)} rules, "
            f"first {first.rule} at {first.subject}: {first.sentence}",
        )


def plan_dispatch(situation: Situation, allocator: Allocator, router: Router) -> DispatchPlan:
    """Make a plan and prove it.

    Parameters
    ----------
    situation
        Needs, stock, fleet and travel at one instant.
    allocator, router
        Built with their limits and seed.

    Returns
    -------
    DispatchPlan
        With a certificate without violations.

    Raises
    ------
    PlanRejected
        If the verifier finds a violation; the plan and its certificate are in the error.
    """
    allocation = allocator.allocate(situation)
    routes = router.route(situation, allocation)
    plan = assemble(situation, allocation, routes)
    certificate = verify(plan, situation)
    if not certificate.holds:
        raise PlanRejected(plan, certificate)
    return plan.certified(certificate)
