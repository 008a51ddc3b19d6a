"""Verifying donations: what is given for some goes to nobody else."""

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import StopKind
from relief.plan.verify_ground import Ground, Tally
from relief.sentences import say


def check_donations(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check consigned and delivered donations against what their givers ask for."""
    given = {donation.code: donation for donation in ground.situation.donations}
    if not given:
        return
    sent = {(each.lot_code, each.place_code) for each in plan.consignments}
    for route in plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.DELIVER:
                    sent |= {(line.lot_code, stop.location_code) for line in stop.lines}
    for lot_code, place_code in sorted(sent):
        lot = ground.lots.get(lot_code)
        donation = given.get(lot.offer_code) if lot is not None else None
        if donation is None:
            continue
        # A township's code begins with its county's.
        allowed = [code for code in donation.place_codes if place_code.startswith(code)]
        tally.true(
            Rule.EARMARK,
            f"lot {lot_code} to {place_code}",
            say(
                "Donation {donation} is not meant for {place}.",
                donation=donation.code,
                place=place_code,
            ),
            fact=bool(allowed) or not donation.place_codes,
        )
