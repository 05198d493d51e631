from functools import cache

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class CheckedStaticFilesStorage(StaticFilesStorage):
    """Refuses a name that no file has, as production's manifest does, without collecting the files first."""

    def url(self, name):
        if not found(name):
            raise ValueError(f"no static file is called {name}")
        return super().url(name)


@cache
def found(name):
    return finders.find(name) is not None
