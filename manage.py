#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

from shoppartners.release import VERSION

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shoppartners.settings")
    if sys.argv[1:] in (["version"], ["--version"]):  # Django would give its own
        sys.stdout.write(f"{VERSION}\n")
    else:
        execute_from_command_line(sys.argv)
