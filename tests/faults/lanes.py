"""Rounds of two acts at once, in two lanes with a connection each that stays, and processes that share the rounds."""

import multiprocessing
import threading
import time
from collections import Counter
from contextlib import contextmanager

from django.db import connection, connections

from tests import locks

LONGEST_DELAY = 0.003  # seconds; an act takes about ten times as long
MANY = 50  # rounds of each pair, from which on two processes share them
PROCESSES = 2


def random_delays(chance):
    """How many seconds each lane waits before it acts: in half of the cases none."""
    return tuple(chance.uniform(0, LONGEST_DELAY) if chance.random() < 0.5 else 0 for _lane in range(2))


def in_two_lanes(rounds, act, *, after=lambda each: None):
    """Do `act(number, round)` in both lanes at once, and `after(round)` once both have, for one round after the other.

    Each round has `delays`, a number a lane.
    """
    barrier = threading.Barrier(2, timeout=60)

    def lane(number):
        try:
            for each in rounds:
                barrier.wait()
                time.sleep(each.delays[number])
                act(number, each)
                barrier.wait()
                if number == 0:
                    after(each)
        except threading.BrokenBarrierError:
            pass
        except BaseException:
            barrier.abort()
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=lane, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def watched_locks():
    locks.watch_all()
    locks.broken.clear()
    yield
    locks.check()


def in_processes(raced, pairs, rounds, seed, *more):
    """Add up what `raced(pairs, rounds, seed, *more)` counts; from MANY rounds on PROCESSES share the pairs."""
    if rounds < MANY:
        return raced(pairs, rounds, seed, *more)
    connections.close_all()
    connection.close_pool()
    shares = [(pairs[number::PROCESSES], rounds, seed + number, *more) for number in range(PROCESSES)]
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        return sum(pool.starmap(raced, shares, chunksize=1), Counter())
