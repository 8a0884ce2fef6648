"""A point of a design: what differs there from the scenario, and what it is called in the table of points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from govsim.programmes.rollout import merged
from govsim.scenario.load import Loaded
from govsim.scenario.schema import Programme, Rollout, Target
from govsim.world.tables import F64

#: What a column of the table of points may hold.
Level = float | bool | str


@dataclass(frozen=True)
class Point:
    """One point. Whatever is not named stays as the scenario has it.

    `multiples` and `values` of parameters and the mechanisms that are `off` belong to the world, which all arms share;
    `added` programmes and `rollouts` (programme, field, value) belong to every arm.
    """

    number: int = 0
    scenario: int = 0  # which of the plan's scenarios
    multiples: tuple[tuple[str, float], ...] = ()
    values: tuple[tuple[str, float], ...] = ()
    off: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    rollouts: tuple[tuple[str, str, Level], ...] = ()
    levels: tuple[tuple[str, Level], ...] = ()  # column of the table of points -> what it holds

    def world(self) -> tuple[object, ...]:
        """Two points where this is equal share worlds and burn-ins."""
        return (self.scenario, self.multiples, self.values, self.off)

    def policy(self) -> tuple[object, ...]:
        """What the point changes of every arm."""
        return (self.scenario, self.added, self.rollouts)


def at_point(loaded: Loaded, point: Point) -> Loaded:
    """The scenario as it is at a point."""
    if not (point.multiples or point.values or point.off):
        return loaded
    origin = f"point {point.number}"
    values: dict[str, float | F64] = dict(point.values)
    parameters = loaded.parameters.with_values(values, origin).scaled(dict(point.multiples), origin)
    mechanisms = loaded.scenario.mechanisms.model_copy(update=dict.fromkeys(point.off, False))
    return replace(loaded, scenario=loaded.scenario.model_copy(update={"mechanisms": mechanisms}), parameters=parameters)


def rolled_out(programme: Programme, point: Point, *changes: Mapping[str, Rollout]) -> Programme:
    """A programme with its rollout in one arm at one point: `changes` (by programme) in turn, then the point's."""
    rollout = programme.rollout
    for change in changes:
        rollout = merged(rollout, change.get(programme.id))
    said: dict[str, object] = {field: value for name, field, value in point.rollouts if name == programme.id}
    if "order" in said:
        said["target"] = (rollout.target or Target()).model_copy(update={"order": said.pop("order")})
    return programme.model_copy(update={"rollout": rollout.model_copy(update=said)})
