"""The rules by which boats, helicopters and porters are modelled: classes, and where they stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from geodata.modes import Carrier, load_mode_rules
from geodata.waters import nearest_landing
from scenarios.modelled_depots import ModelledDepot
from scenarios.truck_rules import PoolRule

_SECONDS_PER_MINUTE = 60
_SECONDS_PER_HOUR = 3_600
_FEN_PER_YUAN = 100
_WORKING_DAY_H = 8
_LIGHT_TRUCK_YUAN_PER_KM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierClass:
    """A class of vehicle that needs no road.

    Parameters
    ----------
    code, speed_class
        Its code, and the class under which the travel times know it.
    carrier
        What it is in ``geodata/data/modes.toml``.
    range_km
        How far it gets on one filling, the reserve left out; 0 for no limit.
    cost_yuan_per_km, cost_yuan_per_trip
        Planning costs.
    """

    code: str
    speed_class: str
    carrier: Carrier
    range_km: int
    cost_yuan_per_km: int
    cost_yuan_per_trip: int

    @property
    def load_minutes(self) -> int:
        """Return the time for one loading."""
        return self.carrier.load_s // _SECONDS_PER_MINUTE

    @property
    def unload_minutes(self) -> int:
        """Return the time for one handing over."""
        return self.carrier.unload_s // _SECONDS_PER_MINUTE


def carrier_classes() -> tuple[CarrierClass, ...]:
    """Return the classes: costs by the hour under way are turned into costs by the kilometre."""
    rules = load_mode_rules()
    out_and_back_km = {one.code: km for one, km in rules.helicopters}
    helicopter, boat, porters = rules.plan_helicopter, rules.plan_boat, rules.porters
    yuan_per_h = {
        one.code: one.cost_fen_per_h // _FEN_PER_YUAN for one in (helicopter, boat, porters)
    }
    return (
        CarrierClass(
            code=helicopter.code,
            speed_class="helicopter",
            carrier=helicopter,
            range_km=int(2 * out_and_back_km[helicopter.code]),
            cost_yuan_per_km=round(yuan_per_h[helicopter.code] / helicopter.km_h),
            cost_yuan_per_trip=_handling_yuan(helicopter),
        ),
        CarrierClass(
            code=boat.code,
            speed_class="boat",
            carrier=boat,
            range_km=0,
            cost_yuan_per_km=round(yuan_per_h[boat.code] / boat.km_h),
            cost_yuan_per_trip=_handling_yuan(boat),
        ),
        CarrierClass(
            code="porters-20",
            speed_class="foot",
            carrier=porters,
            range_km=0,
            cost_yuan_per_km=_LIGHT_TRUCK_YUAN_PER_KM,
            cost_yuan_per_trip=_WORKING_DAY_H * yuan_per_h[porters.code],
        ),
    )


def _handling_yuan(carrier: Carrier) -> int:
    fen = (carrier.load_s + carrier.unload_s) * carrier.cost_fen_per_h // _SECONDS_PER_HOUR
    return fen // _FEN_PER_YUAN


def _pool(
    class_code: str, num_vehicles: int, carrier_zh: str, carrier_en: str, ready_after_minutes: int
) -> PoolRule:
    return PoolRule(
        class_code=class_code,
        num_vehicles=num_vehicles,
        num_drivers=1,
        carrier_zh=carrier_zh,
        carrier_en=carrier_en,
        ready_after_minutes=ready_after_minutes,
    )


_AIR = ("{zh}航空救援力量", "{en} air rescue")
_BOATS = ("{zh}水上救援队", "{en} water rescue team")
_MILITIA = ("{zh}民兵应急分队", "{en} militia")

CARRIER_POOLS: Mapping[str, tuple[PoolRule, ...]] = MappingProxyType(
    {
        "county": (
            _pool("assault-boat", 4, *_BOATS, 60),
            _pool("porters-20", 5, *_MILITIA, 120),
        ),
        "city": (_pool("assault-boat", 6, *_BOATS, 60),),
        "region": (_pool("mi-171", 1, *_AIR, 180),),
        "wuhan": (_pool("mi-171", 2, *_AIR, 120),),
        "neighbour": (),
        "centre": (),
    }
)
"""Pools by kind of depot; boats only where a named water passes near enough."""


def carrier_pools(depot: ModelledDepot) -> Iterator[PoolRule]:
    """Yield the pools of a depot that need no road."""
    for pool in CARRIER_POOLS[depot.kind]:
        is_boat = pool.class_code == load_mode_rules().plan_boat.code
        if not is_boat or nearest_landing(depot.point, load_mode_rules()) is not None:
            yield pool
