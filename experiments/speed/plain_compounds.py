"""Compounds in plain Mesa: who lives and serves there; problems arise and weigh on residents, and all talk once a week."""

from __future__ import annotations

from collections import defaultdict
from math import cos, exp, pi
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import mesa

from experiments.speed.plain_books import Books
from experiments.speed.plain_casework import Desk, open_file
from experiments.speed.plain_draws import normal, poisson
from experiments.speed.plain_fees import FeeAccount
from experiments.speed.plain_firms import Contract
from experiments.speed.plain_owners import OwnersCommittee
from experiments.speed.plain_problems import ENTRY, Building, Problem, new_problem
from experiments.speed.plain_residents import Household, Resident, added
from experiments.speed.plain_sight import Sight
from experiments.speed.plain_surroundings import WEEKS, Surroundings
from govsim.processes.problems import SERVICE_OF
from govsim.randomness import Process
from govsim.vocabulary import DEPARTMENTS, KINDS, SERVICES, TENURES, TYPES

if TYPE_CHECKING:
    from experiments.speed.plain_mesa import PlainModel
    from experiments.speed.plain_workers import ResidentsCommittee


class Compound(mesa.Agent):
    """A compound with its homes, its problems and who serves it."""

    model: PlainModel

    def __init__(self, model: PlainModel, row: int, levers: Any, state: Any) -> None:
        """`levers`, `state`: record array of levers, and the engine's first day, of all compounds."""
        super().__init__(model)
        world, self.row, self.p = model.world, row, model.p
        c, place = world.compounds, world.place[row]
        self.key, self.town = int(place["stream"]), int(place["town"])
        self.beat = int(place["beat"])
        self.levers = SimpleNamespace(**{name: float(levers[row][name]) for name in levers.dtype.names})
        self.condition, self.fund, self.oversight = float(c.condition[row]), float(c.fund[row]), float(c.oversight[row])
        self.quality = dict(zip(SERVICES, c.quality[row].tolist(), strict=True))
        self.flags = dict(zip(KINDS, world.flags[row].tolist(), strict=True))
        self.openness = self.oversight  # of its accounts
        self.kind, self.dwellings, self.home_m2 = TYPES[c.type[row]], int(c.dwellings[row]), float(c.dwelling_m2[row])
        self.paid = world.scenario.mechanisms.economy  # whether large repairs are paid for
        self.annoyance = self.disorder = 0.0  # of what reaches the whole compound
        self.alarm = self.known = self.patrol = self.caught = 0.0  # arrests heard of, recorded crime, patrol, today's arrests
        self.beyond = 0.0  # minutes of patrol and posts beyond the usual
        self.last_burglary: int | None = None
        self.acquaintances = float(state.acquaintances[row])
        self.visible = [0.0, 0.0]  # answers and solved answers that platform users see, slowly forgotten
        self.rumour: float | None = None
        self.counted: dict[tuple[str, str], float] = defaultdict(float)
        self.said: list[tuple[Resident, Problem, str]] = []  # today's first complaints
        self.problems: list[Problem] = []
        self.renters, self.x, self.y = float(c.renter_share[row]), float(c.x[row]), float(c.y[row])
        self.buildings = self.stand()
        self.households: list[Household] = []
        self.residents = self.settle()
        self.surroundings = Surroundings(self, state)
        self.crime = self.p.attitudes.crime_usual  # crimes that residents know of, per 1,000
        self.sum_up()
        self.committees: list[ResidentsCommittee] = []  # residents' committees, set by the model
        self.owners = OwnersCommittee(self)
        self.sight = Sight(self)
        self.books = Books(self)
        self.start_fees()
        self.contract = Contract(self, model.firms[c.firm[row]] if c.firm[row] >= 0 else None)

    @property
    def service(self) -> float:
        """Quality of the firm's services, on average."""
        return added(q / len(SERVICES) for q in self.quality.values())

    @property
    def open_books(self) -> float:
        """How open the accounts are, programmes included."""
        return float(self.openness + self.levers.accounts_openness)

    def start_fees(self) -> None:
        """Households on the first day: more of them pay where service is good."""
        p = self.p.economy
        willing = min(1.0, max(0.0, (self.service - p.start_none) / (p.start_all - p.start_none)))
        for home in self.households:
            home.fees = FeeAccount(self, home, willing)

    def stand(self) -> list[Building]:
        """Where buildings stand, and how inviting they are."""
        ground, place = self.model.world.awareness, self.model.world.place[self.row]
        rows = range(place["building0"], place["building0"] + place["buildings"])
        seen = [(float(ground.x[r]), float(ground.y[r]), float(ground.building_weight[r])) for r in rows]
        return [Building(b, x=x, y=y, inviting=weight) for b, (x, y, weight) in enumerate(seen)]

    def settle(self) -> list[Resident]:
        """Homes and residents as the world has drawn them."""
        world, place = self.model.world, self.model.world.place[self.row]
        pop, first, people = world.population, int(place["resident0"]), []
        for h in range(place["household0"], place["household0"] + place["households"]):
            rows = range(pop.household_residents[h], pop.household_residents[h + 1])
            building = self.buildings[self.model.minds["building"][rows[0]]]
            number = h - int(place["household0"])
            home = Household(number, TENURES[pop.household_tenure[h]], building, [])
            home.members = [Resident(self, i - first, home, self.model.person(i)) for i in rows]
            home.inviting = exp(self.p.offenders.home_spread * normal(*self.draw_two(Process.TARGET, 1, number)))
            building.households.append(home)
            self.households.append(home)
            people += home.members
        for i, resident in enumerate(people):
            resident.ties = [people[j] for j in pop.ties[first + i] if j < len(people)]
        return people

    def draw(self, process: Process, k: int, a: int, b: int = 0, day: int | None = None) -> float:
        """Today's chance of something in this compound."""
        return self.model.draws.one(self.key, process, k, a, b, self.model.day if day is None else day)

    def draw_two(self, process: Process, k: int, a: int, b: int = 0, day: int | None = None) -> tuple[float, float]:
        """Two chances."""
        return self.model.draws.two(self.key, process, k, a, b, self.model.day if day is None else day)

    def draw_daily(self, process: Process, a: int) -> float:
        """The chance that every resident meets every day."""
        return self.model.draws.daily(self.key, process, a, self.model.day)

    def count(self, outcome: str, category: str = "all", by: float = 1.0) -> None:
        """Book something."""
        self.counted[outcome, category] += by

    def service_for(self, kind: str) -> float:
        """Quality of the service that holds a kind of problem down."""
        quality: float = self.quality[SERVICE_OF.get(kind, "order")]
        return quality

    def security_effort(self) -> float:
        """The firm's effort for security."""
        return float(self.contract.effort["security"])

    def drive(self) -> float:
        """Of its residents' committees: their leaders', as far as posts are filled."""
        return added(it.leader * it.staff for it in self.committees) / len(self.committees)

    def desk(self, kind: str, building: Building, department: str = "") -> Desk:
        """The desk that serves this place."""
        place, row = self.model.world.place[self.row], 0
        if kind == "firm":
            row = self.row
        elif kind == "committee":  # a very large estate has several, each for its own buildings
            row = place["committee0"] + building.number * place["committees"] // place["buildings"]
        elif kind == "department":
            row = place["district"] * len(DEPARTMENTS) + DEPARTMENTS.index(department)
        else:
            row = place[{"police": "beat", "court": "district"}.get(kind, "town")]
        return self.model.desks[kind][row]

    # ---- the day ---------------------------------------------------------------------------------------

    def arise(self) -> None:
        """New problems: Poisson, by kind."""
        p, people = self.p.problems, len(self.residents)
        for number, kind in enumerate(KINDS):
            held_down = p.service_effect * p.service_share[kind] * (self.service_for(kind) - p.service_reference)
            held_down += p.condition_effect * p.condition_share[kind] * (self.condition - p.condition_reference)
            season = 1.0 + p.season_amplitude[kind] * cos(2 * pi * (self.model.month - p.season_peak) / 12.0)
            mean = p.arrivals[kind] / 365.25 * people / 1000.0 * exp(-held_down) * season
            mean *= self.flags[kind] * self.surroundings.pressure(kind)
            for j in range(poisson(mean, self.draw(Process.ARISE, 0, number))):
                self.model.problems.append(new_problem(self, kind, j))

    def be_helped(self) -> None:
        """Help from outside meets some needs."""
        for it in self.problems:
            chance = self.levers.surroundings_help * self.p.surroundings.help_suits[it.kind]
            if not it.gone and it.draw(Process.HELP) < chance:
                it.gone = True
                self.count("helped")
                self.count("problems_unreported", by=not it.known)

    def visit_homes(self) -> None:
        """Committee workers visit homes: trust grows; somebody with much to bear may say what the worst problem is."""
        p, homes = self.p.finding, self.households
        mean = min(300.0, self.levers.finding_visits / 365.25 * len(homes))
        for number in range(poisson(mean, self.draw(Process.VISIT, 0, 0))):
            u, v = self.draw_two(Process.VISIT, 1, number)
            home = homes[int(u * len(homes))]
            head = home.members[0]
            self.count("visits")
            for who in home.members:
                who.trust_committee = who.stored(who.trust_committee + p.visit_trust * (1.0 - who.trust_committee))
                who.belonging = who.stored(who.belonging + p.visit_belonging * (1.0 - who.belonging))
            unknown = [it for it in self.problems if not it.known and it.bothers(head)]
            if unknown and v < p.suggestion * min(p.suggestion_cap, head.annoyance):
                worst = max(unknown, key=lambda it: it.weight)
                worst.known = True
                self.count("found", "visit")
                open_file(worst, "visit", 0)

    def weigh(self) -> None:
        """What shared problems weigh on one resident, by building and channel of entry."""
        everywhere = [0.0] * len(ENTRY)
        inside: dict[Building, list[float]] = {}
        for it in self.problems:
            if it.reach != "dwelling":
                load = everywhere if it.reach == "compound" else inside.setdefault(it.building, [0.0] * len(ENTRY))
                for n, suits in enumerate(it.suits):
                    load[n] += it.weight * suits
        for building in self.buildings:
            mine = inside.get(building)
            building.loads = [a + b for a, b in zip(mine, everywhere, strict=True)] if mine else everywhere

    def complain(self) -> None:
        """First complaints of the day."""
        self.weigh()
        self.said = []
        for resident in self.residents:
            resident.step()
        for problem in self.problems:
            if problem.home is not None:
                for place, resident in enumerate(problem.home.members):
                    resident.mind(problem, place)

    # ---- the week --------------------------------------------------------------------------------------

    def talk(self) -> None:
        """What residents look at this week: problems, each other, the platform, and what is said elsewhere."""
        p, share = self.p.attitudes, self.p.attitudes.annoyance_share
        places: list[Compound | Building] = [self, *self.buildings]
        for place in places:
            place.annoyance = place.disorder = 0.0
        for home in self.households:
            home.load = 0.0
        for it in self.problems:
            if it.home is not None:
                it.home.load += it.severity
                continue
            where: Compound | Building = self if it.reach == "compound" else it.building
            where.annoyance += it.severity * share[it.reach]
            where.disorder += it.severity * share[it.reach] * p.disorder[it.kind] * (1.0 - self.levers.surroundings_tidy)
        self.visible = [seen * 0.5 ** (1.0 / self.p.platform.memory) for seen in self.visible]
        heard = self.model.friends[self.row]
        told = added(weight * other.hope for other, weight in heard)
        self.rumour = told / added(weight for _, weight in heard) if heard else None
        for resident in self.residents:
            resident.show()

    def join_platform(self) -> None:
        """Those who would use an online platform join it, where there is one."""
        if self.levers.platform_open > 0.0:
            users = sum(r.on_platform for r in self.residents) / max(1, sum(r.online for r in self.residents))
            for resident in self.residents:
                resident.join_platform(users)

    def live(self) -> None:
        """A week for everybody, and what the compound remembers of it."""
        for resident in self.residents:
            resident.live()
        self.sum_up()

    def gather(self) -> None:
        """Those who feel at home come to activities, and get to know others."""
        p, came = self.p.gatherings, 0
        weekly = self.levers.gatherings_offered / WEEKS
        usual = self.p.attitudes.belonging_level + 4 * self.p.attitudes.belonging_ties
        for who in self.residents:
            rate = weekly * exp(p.pull_belonging * (who.belonging - usual))
            if self.draw_daily(Process.GATHER, who.number) < 1.0 - exp(-rate):
                came += 1
                who.belonging = who.stored(who.belonging + p.gain_belonging * (1.0 - who.belonging))
        self.count("attendances", by=came)
        self.acquaintances += p.acquaintance * came / len(self.residents) - p.forget * self.acquaintances

    def volunteer(self) -> None:
        """Some join the list of volunteers, some leave it; all look at last week's list."""
        for resident in self.residents:
            resident.listed = resident.volunteer
        for resident in self.residents:
            resident.join_or_leave()

    def sum_up(self) -> None:
        """What residents think on average."""
        self.trust = added(r.trust_committee for r in self.residents) / len(self.residents)
        self.trust_police = added(r.trust_police for r in self.residents) / len(self.residents)
        self.volunteers = sum(r.volunteer for r in self.residents)
        self.belonging = added(r.belonging for r in self.residents) / len(self.residents)
        self.hope = added(r.belief[2] for r in self.residents) / len(self.residents)
