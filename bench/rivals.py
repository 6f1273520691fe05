"""Row `rivals`: sixteen clients who each want one seat a request, all from one pool.

Each client is a process of its own, as web workers are, and an engine runs beside them. Against
the same clients who lock the company's row, insert the seat and commit, by hand.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from time import perf_counter, sleep
from uuid import UUID

from bench import databases, fill
from bench.cast import WHO, Taker
from bench.measures import Figure, compared
from bench.seats import roomy
from bench.sizes import Size
from bench.transitions import AT
from tenure.clock import SetClock
from tenure.engine.loop import Engine
from tenure.services import seats
from tenure.services.catalogue import COS
from tenure.store.ids import new_id
from tenure.store.models import Member

CLIENTS = 16


@dataclass(frozen=True, slots=True)
class Task:
    """What a client is to do: give each member a seat, one a request."""

    is_ours: bool
    company: UUID
    pool: UUID
    members: Sequence[UUID]


def client(pipe: Pipe, address: str) -> None:
    """Do one task after the other; answer with when it was begun and done."""
    clock = SetClock(AT)
    with databases.using(address), databases.connect(address) as plain:
        plain.execute("SELECT 1")
        plain.commit()
        Member.objects.exists()
        pipe.send(None)
        while (task := pipe.recv()) is not None:
            began = perf_counter()
            for member in task.members:
                if task.is_ours:
                    seats.protect(task.company, COS, task.pool, [member], clock=clock, who=WHO)
                    continue
                plain.execute(
                    "SELECT last_seq FROM store_company WHERE id = %s FOR UPDATE", [task.company]
                )
                plain.execute(
                    """
                    INSERT INTO store_seat (company_id, id, service, instance, pool_id, member_id,
                                            protected_at, opened_seq, place)
                    VALUES (%s, %s, 'cos', 1, %s, %s, to_timestamp(%s), %s, 0)
                    """,
                    [task.company, new_id(), task.pool, member, AT, member.int % (1 << 60)],
                )
                plain.commit()
            pipe.send((began, perf_counter()))


def engine(address: str) -> None:
    """Fold what is due, as an engine does beside the clients."""
    with databases.using(address):
        working = Engine(SetClock(AT), Taker())
        while True:
            working.step()
            sleep(1)


def measure(size: Size) -> list[Figure]:
    """Compare seats a second; each turn has a pool of its own."""
    clients, each, turns = (4, 2, 2) if size.small else (CLIENTS, 25, 12)
    people = clients * each
    fork = multiprocessing.get_context("fork")
    with databases.fresh("rivals") as address:
        with databases.connect(address) as plain:
            life = roomy(people)
            prototype = fill.read(plain, life.company.id)
            pool = prototype.renamed(life.pools[0])
            fill.empty(plain)
            fill.write(plain, [(prototype, i) for i in range(2 * (turns + 1))])
        databases.settle(address)
        todo: dict[int, list[UUID]] = {
            i: list(
                Member.objects.filter(company_id=prototype.company_id(i)).values_list(
                    "id", flat=True
                )
            )
            for i in range(2 * (turns + 1))
        }
        from django.db import connection

        connection.close()  # a forked process must not share it
        pipes: list[Pipe] = []
        processes = []
        for _ in range(clients):
            here, there = fork.Pipe()
            processes.append(fork.Process(target=client, args=(there, address), daemon=True))
            pipes.append(here)
        processes.append(fork.Process(target=engine, args=(address,), daemon=True))
        for process in processes:
            process.start()
        try:
            for pipe in pipes:
                pipe.recv()
            sides: dict[bool, list[float]] = {True: [], False: []}
            for turn in range(turns + 1):
                for is_ours in (True, False) if turn % 2 else (False, True):
                    number = 2 * turn + is_ours
                    company = prototype.company_id(number)
                    for i, pipe in enumerate(pipes):
                        mine = todo[number][i::clients]
                        pipe.send(Task(is_ours, company, pool(number), mine))
                    spans = [pipe.recv() for pipe in pipes]
                    took = max(end for _, end in spans) - min(began for began, _ in spans)
                    if turn:
                        sides[is_ours].append(took / people)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.join()
    return [
        compared(
            "rivals",
            f"one seat a request, {clients} processes on one pool, against lock, insert, commit",
            sides[True],
            sides[False],
            unit="ms",
            scale=1e3,
            limit=0.5,
            at_most=False,
        )
    ]
