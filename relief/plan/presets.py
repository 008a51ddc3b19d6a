"""Policies as files: the presets that come with the program, and an officer's own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from relief.errors import Fault, InvalidInput
from relief.items import Priority
from relief.places import Tier
from relief.plan.policy import (
    PPM,
    STANDARD_STAGES,
    Objective,
    PlanningPolicy,
    PolicyStage,
    ReserveRule,
    policy_faults,
)
from relief.sentences import Sentence, say
from relief.supply.fleet import CarrierRules, ConvoyRules, DutyRules
from relief.toml_file import read_toml

DEFAULT_PRESET = "standard"
_SHOWN_FIRST = ("standard", "fastest", "fairest", "cheapest", "reserve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A policy with the words that explain it.

    Parameters
    ----------
    policy
        The policy.
    name_zh, name_en, meaning_zh, meaning_en
        What it is called, and what it does, in a sentence.
    text
        The file, to be copied and changed.
    """

    policy: PlanningPolicy
    name_zh: str
    name_en: str
    meaning_zh: str
    meaning_en: str
    text: str


def preset_names() -> tuple[str, ...]:
    """Return the names of the presets, the best known first."""
    names = {
        entry.name.removesuffix(".toml")
        for entry in _folder().iterdir()
        if entry.name.endswith(".toml")
    }
    return (*(n for n in _SHOWN_FIRST if n in names), *sorted(names - set(_SHOWN_FIRST)))


def load_preset(name: str) -> Preset:
    """Return a preset.

    Raises
    ------
    InvalidInput
        If there is none of this name.
    """
    if name in preset_names():
        return read_preset(_folder() / f"{name}.toml")
    near = get_close_matches(name, preset_names(), n=2)
    raise InvalidInput(
        Fault(
            where="policy",
            field="preset",
            value=name,
            what=say("There is no such policy."),
            allowed=", ".join(preset_names()),
            remedy=say("Did you mean {near}?", near=" / ".join(near))
            if near
            else say("Name one of these, or give a TOML file with --policy."),
        )
    )


def read_preset(path: Traversable | Path) -> Preset:
    """Read a policy from a TOML file.

    Raises
    ------
    InvalidInput
        With every fault of the file, contradictions included.
    """
    text, content = read_toml(path)
    reader = _Reader(path.name)
    policy = reader.policy(content)
    # Contradictions are looked for among the entries that can be read.
    unread = {_part(fault.field) for fault in reader.faults}
    contradictions = [
        fault for fault in policy_faults(policy, path.name) if _part(fault.field) not in unread
    ]
    if reader.faults or contradictions:
        raise InvalidInput(*reader.faults, *contradictions)
    return Preset(
        policy=policy,
        name_zh=str(content.get("name_zh", policy.name)),
        name_en=str(content.get("name_en", policy.name)),
        meaning_zh=str(content.get("meaning_zh", "")),
        meaning_en=str(content.get("meaning_en", "")),
        text=text,
    )


def _part(field: str) -> str:
    """Return the part of a policy that a fault makes unreadable, as a field of the policy."""
    part = field.partition(" ")[0]
    part = {"windows_h": "window_ends", "weights": "priority_weights"}.get(part, part)
    # A share that is none leaves the order of the stages as it is.
    return field if part == "stages" and not field.endswith(("stages", "objective")) else part


def policy_text(policy: PlanningPolicy) -> str:
    """Return a policy as the TOML file from which it can be read again."""
    hour, day, minute = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
    lines = [
        f'name = "{policy.name}"',
        f"windows_h = [{', '.join(str(end // hour) for end in policy.window_ends)}]",
        f"never_extra_h = {policy.never_extra // hour}",
        f"min_remaining_life_days = {policy.min_remaining_life // day}",
        "",
        "[weights]",
        *(f"{_word(priority)} = {weight}" for priority, weight in policy.priority_weights),
        "",
        "[reserve]",
        f"stock_share = {policy.reserve.stock_ppm / PPM!r}",
        f"trucks_share = {policy.reserve.trucks_ppm / PPM!r}",
        f'least_tier = "{_word(policy.reserve.least_tier)}"',
        "",
        "[carriers]",
        f"landing_m = {policy.carriers.landing_m}",
        f"walk_m = {policy.carriers.walk_m}",
        f"flies_at_night = {str(policy.carriers.flies_at_night).lower()}",
        f"day_begins_min = {policy.carriers.day_begins // minute}",
        f"day_ends_min = {policy.carriers.day_ends // minute}",
        "",
        "[duty]",
        f"continuous_drive_min = {policy.duty.continuous_drive // minute}",
        f"rest_min = {policy.duty.rest // minute}",
        f"drive_per_day_min = {policy.duty.drive_per_day_per_driver // minute}",
        f"night_begins_min = {policy.duty.night_begins // minute}",
        f"night_ends_min = {policy.duty.night_ends // minute}",
    ]
    if policy.convoy.place_codes:
        places = ", ".join(f'"{code}"' for code in policy.convoy.place_codes)
        lines += ["", "[convoy]", f"places = [{places}]"]
        lines += [f"least_trucks = {policy.convoy.least_trucks}"]
        lines += [f"within_min = {policy.convoy.within // minute}"]
        lines += [f"wait_min = {policy.convoy.wait // minute}"]
    for stage in policy.stages:
        lines += ["", "[[stages]]", f'objective = "{stage.objective}"']
        lines += [f"slack_share = {stage.slack_share!r}"]
        if stage.objective is Objective.FAIRNESS:
            lines += [f"levels = {stage.levels}"]
    return "\n".join(lines) + "\n"


def _folder() -> Traversable:
    return files("relief") / "data" / "policies"


def _word(value: Priority | Tier) -> str:
    return value.name.lower().replace("_", "-")


_KNOWN = {
    "name", "name_zh", "name_en", "meaning_zh", "meaning_en", "windows_h", "never_extra_h",
    "min_remaining_life_days", "weights", "reserve", "stages", "carriers",
    "duty", "convoy",
}  # fmt: skip
_STANDARD = PlanningPolicy()


class _Reader:
    """Reads one file and gathers its faults, putting what is standard in their place."""

    def __init__(self, file_name: str) -> None:
        self.file_name = file_name
        self.faults: list[Fault] = []

    def fault(self, field: str, value: object, what: Sentence, allowed: str) -> None:
        """Note a fault."""
        self.faults.append(
            Fault(
                where=self.file_name,
                field=field,
                value=str(value),
                what=what,
                allowed=allowed,
                remedy=say("Correct the entry."),
            )
        )

    def policy(self, content: Mapping[str, object]) -> PlanningPolicy:
        """Read the whole file; what it does not give is standard."""
        self.only(content, "", _KNOWN)
        windows = content.get("windows_h", [12, 24, 48, 72])
        if not isinstance(windows, list) or not all(_is_whole(end) for end in windows):
            self.fault("windows_h", windows, say("Not a list of whole hours."), "[12, 24, 48, 72]")
            windows = []
        return PlanningPolicy(
            name=self.name(content),
            window_ends=tuple(timedelta(hours=end) for end in windows) or _STANDARD.window_ends,
            never_extra=timedelta(hours=self.whole(content, "never_extra_h", 72)),
            min_remaining_life=timedelta(days=self.whole(content, "min_remaining_life_days", 7)),
            priority_weights=self.weights(self.table(content, "weights")),
            reserve=self.reserve(self.table(content, "reserve")),
            stages=self.stages(content.get("stages")),
            carriers=self.carriers(self.table(content, "carriers")),
            duty=self.duty(self.table(content, "duty")),
            convoy=self.convoy(self.table(content, "convoy")),
        )

    def name(self, content: Mapping[str, object]) -> str:
        """Read the name, by default that of the file."""
        name = content.get("name", self.file_name.removesuffix(".toml"))
        if not isinstance(name, str) or not name or '"' in name or "\n" in name:
            self.fault("name", name, say("A text is missing."), "a name in one line")
            return ""
        return name

    def weights(self, table: Mapping[str, object]) -> tuple[tuple[Priority, int], ...]:
        """Read the weights of the priorities."""
        words = {_word(priority): priority for priority in Priority}
        self.only(table, "weights ", words)
        standard = dict(_STANDARD.priority_weights)
        return tuple(
            (priority, self.whole(table, word, standard[priority], "weights "))
            for word, priority in words.items()
        )

    def reserve(self, table: Mapping[str, object]) -> ReserveRule:
        """Read what is held back."""
        self.only(table, "reserve ", ("stock_share", "trucks_share", "least_tier"))
        tiers = {_word(tier): tier for tier in Tier}
        tier = table.get("least_tier", "province")
        if tier not in tiers:
            self.fault("reserve least_tier", tier, say("Not a tier."), ", ".join(tiers))
        return ReserveRule(
            stock_ppm=round(self.share(table, "reserve ", "stock_share") * PPM),
            trucks_ppm=round(self.share(table, "reserve ", "trucks_share") * PPM),
            least_tier=tiers.get(str(tier), Tier.PROVINCE),
        )

    def carriers(self, table: Mapping[str, object]) -> CarrierRules:
        """Read the limits of boats, helicopters and porters."""
        where, standard = "carriers ", _STANDARD.carriers
        known = ("landing_m", "walk_m", "flies_at_night", "day_begins_min", "day_ends_min")
        self.only(table, where, known)
        minute = timedelta(minutes=1)
        at_night = table.get("flies_at_night", standard.flies_at_night)
        if not isinstance(at_night, bool):
            self.fault(
                f"{where}flies_at_night", at_night, say("Neither yes nor no."), "true, false"
            )
        begins_min = self.whole(table, "day_begins_min", standard.day_begins // minute, where)
        ends_min = self.whole(table, "day_ends_min", standard.day_ends // minute, where)
        return CarrierRules(
            landing_m=self.whole(table, "landing_m", standard.landing_m, where),
            walk_m=self.whole(table, "walk_m", standard.walk_m, where),
            flies_at_night=bool(at_night),
            day_begins=begins_min * minute,
            day_ends=ends_min * minute,
        )

    def duty(self, table: Mapping[str, object]) -> DutyRules:
        """Read the hours of drivers."""
        where, minute, standard = "duty ", timedelta(minutes=1), _STANDARD.duty
        names = {
            "continuous_drive_min": standard.continuous_drive,
            "rest_min": standard.rest,
            "drive_per_day_min": standard.drive_per_day_per_driver,
            "night_begins_min": standard.night_begins,
            "night_ends_min": standard.night_ends,
        }
        self.only(table, where, names)
        minutes = {
            name: self.whole(table, name, usual // minute, where) * minute
            for name, usual in names.items()
        }
        return DutyRules(
            continuous_drive=minutes["continuous_drive_min"],
            rest=minutes["rest_min"],
            drive_per_day_per_driver=minutes["drive_per_day_min"],
            night_begins=minutes["night_begins_min"],
            night_ends=minutes["night_ends_min"],
        )

    def convoy(self, table: Mapping[str, object]) -> ConvoyRules:
        """Read where trucks do not drive alone."""
        where, minute, standard = "convoy ", timedelta(minutes=1), _STANDARD.convoy
        self.only(table, where, ("places", "least_trucks", "within_min", "wait_min"))
        places = table.get("places", [])
        if not isinstance(places, list) or not all(isinstance(code, str) for code in places):
            self.fault(f"{where}places", places, say("Not a list of codes."), '["422802"]')
            places = []
        within_min = self.whole(table, "within_min", standard.within // minute, where)
        wait_min = self.whole(table, "wait_min", standard.wait // minute, where)
        return ConvoyRules(
            place_codes=tuple(places),
            least_trucks=self.whole(table, "least_trucks", standard.least_trucks, where),
            within=within_min * minute,
            wait=wait_min * minute,
        )

    def stages(self, value: object) -> tuple[PolicyStage, ...]:
        """Read the stages in their order."""
        if value is None:
            return STANDARD_STAGES
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.fault("stages", value, say("Not a list of tables."), "[[stages]]")
            return STANDARD_STAGES
        found = []
        for number, table in enumerate(value, start=1):
            where = f"stages {number} "
            self.only(table, where, ("objective", "slack_share", "levels"))
            objective = table.get("objective")
            if objective not in set(Objective):
                self.fault(
                    f"{where}objective", objective, say("Not an objective."), ", ".join(Objective)
                )
                continue
            found.append(
                PolicyStage(
                    objective=Objective(objective),
                    slack_share=float(self.share(table, where, "slack_share")),
                    levels=self.whole(table, "levels", 5, where),
                )
            )
        return tuple(found)

    def table(self, content: Mapping[str, object], field: str) -> Mapping[str, object]:
        """Return a table, empty where it is not given."""
        value = content.get(field, {})
        if isinstance(value, dict):
            return value
        self.fault(field, value, say("Not a table."), f"[{field}]")
        return {}

    def only(self, table: Mapping[str, object], where: str, known: Collection[str]) -> None:
        """Object to entries that nobody reads."""
        for field in table:
            if field not in known:
                near = get_close_matches(field, sorted(known), n=1)
                self.faults.append(
                    Fault(
                        where=self.file_name,
                        field=f"{where}{field}",
                        value=str(table[field]),
                        what=say("Unknown field."),
                        allowed=", ".join(sorted(known)),
                        remedy=say("Did you mean {near}?", near=near[0])
                        if near
                        else say("Correct the entry."),
                    )
                )

    def whole(self, table: Mapping[str, object], field: str, standard: int, where: str = "") -> int:
        """Return a whole number."""
        value = table.get(field, standard)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.fault(f"{where}{field}", value, say("Not a whole number."), str(standard))
        return standard

    def share(self, table: Mapping[str, object], where: str, field: str) -> Decimal:
        """Return a share."""
        value = table.get(field, 0)
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 <= value <= 1:
            return Decimal(value)
        self.fault(f"{where}{field}", value, say("A share that is none."), "0 to 1")
        return Decimal(0)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
