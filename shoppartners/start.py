"""What the web server and the worker look at before they begin: `python -m shoppartners.start`, or `look(web=False)`.

What only a person can mend ends them in one line. What may pass by itself, such as a database that is starting too, is
logged, and they wait for it.
"""

import os
import sys
import time

from shoppartners.plain_errors import ended_plainly

PAUSE = 2  # seconds after which the worker looks again whether the database is there


def look(*, web):
    """End the process with status 1 and one line where it could not run: the web server, or the worker."""
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup(set_prefix=False)
    import structlog
    from django.db import connection

    from shoppartners import facts

    try:
        for found in of_start(facts, web=web):
            if found.level == facts.OK:
                continue
            if found.level == facts.FAIL and not found.may_pass:
                sys.exit(found.text)
            structlog.get_logger(__name__).warning("deployment", problem=found.text)
    finally:
        connection.close()


def of_start(facts, *, web):
    yield from facts.signing_keys()
    yield from facts.var_dir()
    if web:
        yield from facts.static_files()
    reached = list(facts.database())
    while reached[0].may_pass and not web:  # the command itself would end at its first question to the database
        yield reached[0]
        time.sleep(PAUSE)
        reached = list(facts.database())
    yield from reached
    if reached[0].level == facts.OK:
        yield from facts.migrations()
        yield from facts.clock()
        if web:
            yield from facts.cache_table()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shoppartners.settings")
    with ended_plainly():
        look(web=True)
