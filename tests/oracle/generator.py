"""Random scenarios, always valid, that crowd what happens onto few instants."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from tests.oracle.instants import DAY, Instant, shown

HOUR = 60 * 60
BEGIN: Instant = 1767225600  # 2026-01-01T00:00:00Z
KINDS = ["full", "full", "trial", "subscription", "nfr"]
ZONES = ["UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata"]

# How often each action is taken, before a scenario's own taste changes it.
WEIGHTS = {
    "protect": 8.0,
    "unprotect": 2.5,
    "add_licence": 4.5,
    "cancel_licence": 2.0,
    "place": 2.0,
    "renew": 2.0,
    "set_units": 2.0,
    "suspend_licence": 2.0,
    "resume_licence": 3.0,
    "remove_licence": 1.0,
    "close": 0.5,
    "reopen": 0.5,
    "hold_deletion": 0.6,
    "release_deletion": 0.6,
    "confirm_deletion": 2.0,
}


# What makes most of the end of a licence when it happens at that very instant.
TURNS = ["add_licence", "renew", "renew", "place", "set_units", "suspend_licence", "add_licence"]


def instant(text: str) -> Instant:
    return int(datetime.fromisoformat(text).timestamp())


class Draft:
    """A licence as far as the validity of later actions needs it."""

    def __init__(self, data: dict[str, Any], added: Instant, ends: Instant | None) -> None:
        self.id: str = data["id"]
        self.units: int = data["units"]
        self.named: int = sum(data.get("placements", {}).values())
        self.added = added
        self.ends = ends
        self.suspended = False
        self.gone = False  # cancelled or removed


class Generator:
    def __init__(self, random: Random, dense: bool, crowd: int = 0) -> None:
        self.random = random
        self.dense = dense
        self.crowd = crowd  # so many licences more, listed from the start
        self.grid = random.choice([6, 12, 12, 24]) * HOUR if dense else random.choice([1, HOUR])
        self.span = (random.randint(12, 45) if dense else random.randint(90, 330)) * DAY
        self.pools = ["Lyon", "Paris", "Lille"][: random.choice([1, 2, 2, 3])]
        self.policy = self.make_policy()
        self.licences: dict[str, Draft] = {}
        self.interesting: list[Instant] = [BEGIN]
        self.weights = {
            verb: weight * random.choice([0, 0.4, 1, 1, 1, 3]) for verb, weight in WEIGHTS.items()
        }
        self.weights["protect"] += 2
        self.weights["add_licence"] += 0.5
        self.longest = random.choice([4, 8, 16] if dense else [20, 60, 150]) * DAY
        self.closed = False
        self.held = False

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    # Pieces

    def make_policy(self) -> dict[str, Any]:
        random = self.random
        if self.dense:
            retention = random.randint(1, 7)
            return {
                "grace_days": random.randint(1, 5),
                "retention_days": retention,
                "deletion_warning_days": random.randint(1, retention),
                "expiring_notice_days": random.sample(range(1, 7), random.randint(1, 3)),
                "portal_service_days": random.randint(1, 3),
            }
        retention = random.randint(14, 40)
        whole: dict[str, Any] = {
            "grace_days": random.randint(5, 20),
            "retention_days": retention,
            "deletion_warning_days": random.randint(2, 14),
            "expiring_notice_days": random.sample([60, 30, 21, 14, 7, 3, 1], random.randint(1, 4)),
            "portal_service_days": random.randint(2, 12),
        }
        policy: dict[str, Any] = {key: value for key, value in whole.items() if self.chance(0.4)}
        if policy.get("retention_days", 30) < policy.get("deletion_warning_days", 14):
            del policy["deletion_warning_days"]
        return policy

    def on_grid(self, t: Instant) -> Instant:
        return BEGIN + (t - BEGIN) // self.grid * self.grid

    def moment(self) -> Instant:
        """Some instant; rather one at which, or a period after which, something happens anyway."""
        random = self.random
        if self.chance(0.5):
            periods = [
                0,
                0,
                self.policy.get("grace_days", 14),
                -random.choice(self.policy.get("expiring_notice_days", [30, 7])),
                self.policy.get("retention_days", 30),
                self.policy.get("grace_days", 14) + self.policy.get("retention_days", 30),
                self.policy.get("portal_service_days", 7),
                self.policy.get("deletion_warning_days", 14),
            ]
            t: Instant = random.choice(self.interesting) + random.choice(periods) * DAY
            if BEGIN <= t <= BEGIN + self.span:
                return t
        return self.on_grid(BEGIN + random.randrange(self.span))

    def after(self, t: Instant) -> Instant:
        """Some instant later than t."""
        later = [each for each in self.interesting if each > t]
        if later and self.chance(0.3):
            return self.random.choice(later)
        return max(self.on_grid(t + self.random.randint(1, self.longest)), t + self.grid)

    def noted(self, t: Instant) -> str:
        self.interesting.append(t)
        return shown(t)

    def placements(self, units: int) -> dict[str, int]:
        free, named = units, {}
        for pool in self.random.sample(self.pools, self.random.randint(0, len(self.pools))):
            named[pool] = self.random.choice([0, free, self.random.randint(0, free)])
            free -= named[pool]
        return named

    def window(self) -> list[str]:
        start = self.moment()
        longest = self.random.choice([1, 3, 8, 20] if self.dense else [10, 40, 90]) * DAY
        end = max(self.on_grid(start + self.random.randint(1, longest)), start + self.grid)
        return [self.noted(start), self.noted(end)]

    def licence(self, t: Instant, *, listed: bool) -> dict[str, Any]:
        """A licence that is added at t, by an action unless it is `listed` from the start."""
        random = self.random
        starts = t
        if self.chance(0.4):
            starts = self.after(t)
        elif self.chance(0.4):
            starts = self.on_grid(t - random.randint(1, self.longest))
        if self.crowd and listed and self.chance(0.7):
            starts = self.moment()
        data: dict[str, Any] = {
            "id": f"L{len(self.licences) + 1:02}",
            "kind": random.choice(KINDS),
            "units": random.randint(1, 12),
            "starts": self.noted(starts),
        }
        ends: Instant | None = None
        endless = 0.25 if data["kind"] == "subscription" else 0.04
        if not self.chance(endless / 10 if self.crowd else endless):
            ends = self.after(starts)
            data["ends"] = self.noted(ends)
        if self.chance(0.6):
            data["placements"] = self.placements(data["units"])
        if listed and (starts != t or self.chance(0.3)):
            data["added"] = shown(t)
        self.licences[data["id"]] = Draft(data, t, ends)
        return data

    # Actions

    def touchable(self, t: Instant, verb: str) -> list[Draft]:
        found = [each for each in self.licences.values() if each.added <= t and not each.gone]
        if verb == "suspend_licence":
            found = [each for each in found if not each.suspended]
        elif verb == "resume_licence":
            found = [each for each in found if each.suspended]
        elif verb == "renew":
            found = [each for each in found if each.ends is not None]
        return found

    def seats(self) -> dict[str, Any]:
        count = self.random.choice([1, 1, 2, 3, 5, 8])
        if self.crowd:
            count *= self.random.randint(1, 2 + self.crowd // 10)
        pool = self.random.choice(self.pools)
        if pool == self.pools[0] and self.chance(0.3):
            return {"count": count}
        return {"pool": pool, "count": count}

    def action(self, t: Instant, wanted: str | None = None) -> dict[str, Any]:
        verb = wanted or self.random.choices([*self.weights], [*self.weights.values()])[0]
        if wanted is None and self.closed and self.chance(0.15):
            verb = "reopen"  # lest most of it happens to a closed company
        elif wanted is None and self.held and self.chance(0.15):
            verb = "release_deletion"
        if verb in ("protect", "unprotect"):
            return {verb: self.seats()}
        if verb in ("close", "reopen"):
            self.closed = verb == "close"
            return {verb: True}
        if verb in ("hold_deletion", "release_deletion"):
            self.held = verb == "hold_deletion"
            return {verb: True}
        if verb == "confirm_deletion":
            return {verb: True}
        if verb == "add_licence":
            return {verb: self.licence(t, listed=False)}
        licences = self.touchable(t, verb)
        if not licences:
            return {"protect": self.seats()}
        ending = [each for each in licences if each.ends == t]
        if ending and verb in ("renew", "place", "set_units") and self.chance(0.6):
            licences = ending
        return {verb: self.touch(t, verb, self.random.choice(licences))}

    def touch(self, t: Instant, verb: str, licence: Draft) -> Any:
        if verb in ("cancel_licence", "remove_licence"):
            licence.gone = True
        elif verb in ("suspend_licence", "resume_licence"):
            licence.suspended = verb == "suspend_licence"
        elif verb == "renew":
            assert licence.ends is not None
            licence.ends = self.after(max(t, licence.ends))
            return {"licence": licence.id, "ends": self.noted(licence.ends)}
        elif verb == "place":
            placements = self.placements(licence.units)
            licence.named = sum(placements.values())
            return {"licence": licence.id, "placements": placements}
        else:
            placed = self.chance(0.5)
            fewest = 1 if placed else max(1, licence.named)
            licence.units = self.random.randint(fewest, max(12, fewest))
            data: dict[str, Any] = {"licence": licence.id, "units": licence.units}
            if placed:
                data["placements"] = self.placements(licence.units)
                licence.named = sum(data["placements"].values())
            return data
        return licence.id

    def moments(self, outages: dict[str, Any]) -> list[tuple[Instant, str | None]]:
        """When something is done, and here and there what: rare things that matter together."""
        random = self.random
        moments: list[tuple[Instant, str | None]] = []
        wanted = random.randint(5, 70)
        while len(moments) < wanted:
            moments += [(self.moment(), None)] * random.choice([1, 1, 1, 2, 3, 6])
        for start, end in outages.get("engine", []):
            if self.chance(0.3):
                hold = self.after(instant(start))
                moments += [(hold, "hold_deletion"), (self.after(hold), "release_deletion")]
            if self.chance(0.2):
                moments.append((instant(random.choice([start, end])), "add_licence"))
        if "mail" in outages:
            for _ in range(random.choice([0, 0, 4])):
                moments.append((self.moment(), "confirm_deletion"))
        return moments

    def actions(self, outages: dict[str, Any]) -> list[tuple[Instant, dict[str, Any]]]:
        random = self.random
        moments = self.moments(outages)
        actions: list[tuple[Instant, dict[str, Any]]] = []
        # Actions make new interesting instants: some of them get an action, too, in their turn.
        while moments:
            moments.sort(key=lambda moment: moment[0])
            t, wanted = moments.pop(0)
            count = len(self.interesting)
            actions.append((t, self.action(t, wanted)))
            new = [each for each in self.interesting[count:] if t <= each <= BEGIN + self.span]
            if new and self.chance(0.3):
                moments.append((random.choice(new), random.choice([None, None, "add_licence"])))
            if new and self.chance(0.2):
                verbs = random.choices(TURNS, k=random.randint(2, 4))
                moments += [(new[-1], verb) for verb in verbs]
        return actions

    def scenario(self) -> dict[str, Any]:
        random = self.random
        outages: dict[str, Any] = {}
        for what in ("engine", "mail"):
            if self.chance(0.7):
                outages[what] = [self.window() for _ in range(random.randint(1, 5))]
        listed = [
            self.licence(BEGIN if self.chance(0.7) else self.moment(), listed=True)
            for _ in range(random.choice([0, 1, 2, 3, 4]) + self.crowd)
        ]

        actions = self.actions(outages)
        entries = [{"at": shown(t), **action} for t, action in actions]
        if self.chance(0.3):
            entries = self.shuffled(entries)
        until = BEGIN + self.span + random.choice([0, 20, 60]) * DAY
        if self.chance(0.1):
            until = self.moment()
        data: dict[str, Any] = {"name": f"random, {'dense' if self.dense else 'sparse'}"}
        if self.chance(0.3):
            data["time_zone"] = random.choice(ZONES)
        if self.pools != ["Lyon"] or self.chance(0.5):
            data["pools"] = list(self.pools)
        else:
            entries = [self.unnamed(entry) for entry in entries]
            listed = [self.unnamed(data) for data in listed]
        data["licences"] = listed
        data["actions"] = entries
        data["policy"] = self.policy
        if outages:
            data["outages"] = outages
        data["until"] = shown(until)
        return data

    def unnamed(self, data: Any) -> Any:
        """The same with the default pool in the place of the only one."""
        if isinstance(data, dict):
            return {self.unnamed(key): self.unnamed(value) for key, value in data.items()}
        return "main" if data == "Lyon" else data

    def shuffled(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Another order of the file in which those of one instant keep theirs."""
        instants = sorted({entry["at"] for entry in entries})
        self.random.shuffle(instants)
        return [entry for at in instants for entry in entries if entry["at"] == at]


def scenario(random: Random, *, dense: bool, crowd: int = 0) -> dict[str, Any]:
    """A random valid scenario. A dense one is short, on a coarse grid, with short periods.

    `crowd` licences more than usual are listed from the start, and more seats are asked for.
    """
    return Generator(random, dense, crowd).scenario()
