from contextlib import suppress

from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse


def named_urls(resolver=None, namespaces=()):
    """The names of all URLs of the project."""
    for entry in (resolver or get_resolver()).url_patterns:
        if not isinstance(entry, URLPattern):
            yield from named_urls(entry, (*namespaces, entry.namespace) if entry.namespace else namespaces)
        elif entry.name:
            yield ":".join([*namespaces, entry.name])


def paths_without_arguments():
    for name in named_urls():
        with suppress(NoReverseMatch):
            yield reverse(name)
