#!/usr/bin/env python
import os
import sys

from shoppartners.plain_errors import ended_plainly
from shoppartners.release import VERSION

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shoppartners.settings")
    if server := os.environ.get("QUEUE_DATABASE_URL"):
        os.environ["DATABASE_URL"] = server  # past a pooler: a command keeps its session, the worker listens
    with ended_plainly():
        from django.core.management import execute_from_command_line

        if sys.argv[1:] in (["version"], ["--version"]):  # Django would give its own
            sys.stdout.write(f"{VERSION}\n")
            sys.exit()
        if sys.argv[1:3] == ["procrastinate", "worker"]:
            from shoppartners import start

            start.look(web=False)
        execute_from_command_line(sys.argv)
