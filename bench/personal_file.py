"""Writes the file of a person's data, as a worker does, and says what it took.

python -m bench.personal_file USER
"""

import json
import resource
import sys
import time

import django


def main(user_id):
    django.setup()
    from accounts.models import PersonalFile
    from requests_app.personal import files

    before, began = _most_memory(), time.monotonic()
    files.write_file.call(user_id)
    numbers = {"seconds": time.monotonic() - began, "memory": _most_memory() - before}
    print(json.dumps(numbers | {"bytes": PersonalFile.objects.get(user=user_id).size}))


def _most_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main(int(sys.argv[1]))
