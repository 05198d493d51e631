"""Rows that stand while the tests that follow each other ask for the same: made once, in a transaction around them.

`@standing` makes a fixture of a function that only writes rows and gives rows. Before a test those that it asks for are
made, in its own order, each behind a savepoint of its own; what the next test asks for alike stays, and the rest is
taken back. A test gets copies of its own, and what it writes itself is taken back with it, as ever. `in_order` brings
the tests of a file that ask for the same beside each other.

A fixture is made within the test, as any other, where the test stops the clock, needs real transactions, or has
something in the place of what the fixture asks for that does not stand.
"""

import functools
import pickle
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import factory.random
import faker.generator
import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import translation

from tests import locks

CLOCKS = {"travel", "frozen"}  # fixtures that stop the clock before rows are made
REAL_TRANSACTIONS = {"transactional_db", "live_server", "django_db_reset_sequences", "django_db_serialized_rollback"}
SEED = "shop partners"


@dataclass(frozen=True)
class Level:
    """A fixture that stands: what takes it back, and all values up to it as they were when it was made."""

    function: Any
    block: Any
    values: bytes
    names: Any  # which ones Faker makes up next


levels = []
given = {}  # to the present test: the value of each function that stands
_blocker = None


def standing(function):
    """Make a fixture whose rows stand; it may ask for others of its kind and for `db`."""

    @functools.wraps(function)
    def give(**arguments):
        return given[function] if function in given else function(**arguments)

    give.standing = function
    return pytest.fixture(give)


def begin(blocker):
    """From now on there is a database in which rows can stand."""
    global _blocker
    _blocker = blocker


def end():
    """Take everything back."""
    with _blocker.unblock():
        _keep(0)


def seed():
    """Let the names that factories make up be the same in each run, whether what came before the test stood or not."""
    factory.random.reseed_random(SEED)
    if levels:
        faker.generator.random.setstate(levels[-1].names)


def wanted(item):
    """Give the functions that can stand for a test, as [(function, names of its arguments)] in the order it asks."""
    names = item.fixturenames
    if not CLOCKS.isdisjoint(names) or _is_transactional(item):
        return []
    definitions, found = item._fixtureinfo.name2fixturedefs, {}

    def visit(name):
        """Whether a fixture stands, and with it all that it asks for."""
        if name == "db" or name in found:
            return name == "db" or bool(found[name])
        found[name] = None
        definition = definitions[name][-1] if name in definitions else None
        function = getattr(getattr(definition, "func", None), "standing", None)
        arguments = [argument for argument in getattr(definition, "argnames", ()) if argument != "request"]
        stand = [visit(argument) for argument in arguments]
        if function and all(stand):
            del found[name]
            found[name] = function, arguments
        return bool(found[name])

    for name in names:
        visit(name)
    return [each for each in found.values() if each]


def _is_transactional(item):
    marker = item.get_closest_marker("django_db")
    return not REAL_TRANSACTIONS.isdisjoint(item.fixturenames) or bool(marker and (marker.args or marker.kwargs))


def in_order(items):
    """Bring the tests of a file that ask for the same rows beside each other, which otherwise keep their order."""
    for _file, tests in groupby(list(items), lambda item: item.path):
        yield from sorted(tests, key=lambda item: [_name(function) for function, _arguments in wanted(item)])


def _name(function):
    return function.__module__, function.__name__


def prepare(item):
    """Let stand what this test asks for, and nothing else."""
    given.clear()
    if not _blocker:
        return
    functions = wanted(item)
    with _blocker.unblock():
        _keep(_alike([function for function, _arguments in functions]))
        _add(functions[len(levels) :])
    if levels:
        given.update(_values())


def _values():
    """Give {function: its value} of all that stands, in copies."""
    copies = pickle.loads(levels[-1].values) if levels else []  # noqa: S301 (our own)
    return dict(zip((level.function for level in levels), copies, strict=True))


def _alike(functions):
    """Give how many of the levels these functions begin with."""
    number = 0
    while number < min(len(levels), len(functions)) and levels[number].function is functions[number]:
        number += 1
    return number


def _keep(number):
    """Take back the levels after this many."""
    while len(levels) > number:
        _take_back(levels.pop().block)


def _take_back(block):
    transaction.set_rollback(True)
    block.__exit__(None, None, None)


def _add(functions):
    if not functions:
        return
    cache.clear()
    translation.deactivate()
    seed()
    locks.broken.clear()
    values = _values()
    for function, arguments in functions:
        named = {each.__name__: value for each, value in values.items()}
        block = locks.world_of_tests()
        block.__enter__()
        try:
            values[function] = function(**{name: named.get(name) for name in arguments})
            kept = pickle.dumps(list(values.values()))
        except BaseException:
            _take_back(block)
            raise
        levels.append(Level(function, block, kept, faker.generator.random.getstate()))
    locks.check()
