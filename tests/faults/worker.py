"""A worker that is cheap to begin anew: `python -m tests.faults.worker` forks one for each line it reads.

The line is the number of the step of its first task to be killed at, 0 for none. It answers with a line of JSON: how
the worker ended, and those steps if it was not killed. What comes round is left out: the tests ask for it.
"""

import json
import os
import sys
from importlib import import_module

import django

django.setup()

from django.conf import settings  # noqa: E402
from procrastinate.contrib.django import app  # noqa: E402

from shoppartners import worker  # noqa: E402
from tests.faults.steps import steps, watch_connections  # noqa: E402
from tests.worker import work  # noqa: E402


def main():
    watch_connections()
    watch_tasks()
    import_module(settings.ROOT_URLCONF)  # mails lead to pages: their views are imported here, and not in each process
    for line in sys.stdin:
        reads, writes = os.pipe()
        if not (pid := os.fork()):
            steps.follow(int(line))
            work()
            os.write(writes, json.dumps(steps.followed).encode())
            os._exit(0)
        os.close(writes)
        with open(reads) as told:
            names = told.read()
        _pid, status = os.waitpid(pid, 0)
        sys.stdout.write(json.dumps([os.waitstatus_to_exitcode(status), json.loads(names or "[]")]) + "\n")
        sys.stdout.flush()


def watch_tasks():
    run_task = worker.run_task

    def watched(*args, **kwargs):
        steps.reach("before the task")
        run_task(*args, **kwargs)
        steps.reach("after the task")
        steps.end()

    worker.run_task = watched
    app.periodic_registry.periodic_tasks.clear()


if __name__ == "__main__":
    main()
