from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from partners.models import Partner
from requests_app.models import PartnerRequest, Share
from requests_app.workflow import DESCRIPTIONS

FILE = Path(settings.BASE_DIR) / "docs" / "status.md"
HEAD = """# Statuses

Generated from the code by `manage.py status_diagram`; `make check` fails when it is stale. `requests_app/policies.py`
and `partners/policies.py` say who may use which verb. `services.py` beside them says what else a verb does, and
[design.md](design.md), Statuses, says it in words.
"""
MACHINES = [  # title, model, and the verb that makes one
    ("A request", PartnerRequest, "submit"),
    ("A share: one request shown to one partner", Share, "share"),
    ("A partner", Partner, "apply"),
]


class Command(BaseCommand):
    help = "Write docs/status.md, the diagrams and tables of the status machines."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="write nothing, and fail when the file is stale")

    def handle(self, *args, check, **options):
        text = "\n".join([HEAD, *(section(*machine) for machine in MACHINES)])
        if not check:
            FILE.write_text(text)
            self.stdout.write(f"Wrote {FILE.relative_to(settings.BASE_DIR)}.")
        elif not FILE.exists() or FILE.read_text() != text:
            raise CommandError(f"{FILE.relative_to(settings.BASE_DIR)} is stale: run manage.py status_diagram.")


def section(title, model, first_verb):
    """One machine as Markdown: a Mermaid diagram, its statuses, its transitions."""
    labels = {choice.value: str(choice.label) for choice in statuses_of(model)}
    moves = transitions_of(model)
    return "\n".join([f"## {title}", "", *diagram(model, labels, moves, first_verb), "", *tables(labels, moves), ""])


def statuses_of(model):
    """The choices of the model's statuses: the class that the field's default is one of."""
    return type(model._meta.get_field("status").default)


def transitions_of(model):
    """{(source, target): [verbs]} in the order of the statuses."""
    order = statuses_of(model).values
    moves = {}
    for transition in model().get_all_status_transitions():
        moves.setdefault((str(transition.source), str(transition.target)), []).append(transition.name)
    return {move: sorted(moves[move]) for move in sorted(moves, key=lambda move: [order.index(end) for end in move])}


def diagram(model, labels, moves, first_verb):
    """The lines of a Mermaid diagram. A status that nothing leaves leads to the end."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield from (f'    state "{label}" as {status}' for status, label in labels.items())
    yield f"    [*] --> {model._meta.get_field('status').default.value}: {first_verb}"
    yield from (f"    {source} --> {target}: {', '.join(verbs)}" for (source, target), verbs in moves.items())
    yield from (f"    {status} --> [*]" for status in labels if status not in {source for source, _target in moves})
    yield "```"


def tables(labels, moves):
    """The lines of the Markdown tables; the machine that DESCRIPTIONS describes has its statuses' meanings too."""
    if labels.keys() == DESCRIPTIONS.keys():
        yield from ["| status | shown as | what it means |", "|---|---|---|"]
        yield from (f"| `{status}` | {label} | {DESCRIPTIONS[status]} |" for status, label in labels.items())
        yield ""
    yield from ["| from | verb | to |", "|---|---|---|"]
    for (source, target), verbs in moves.items():
        yield from (f"| {labels[source]} | `{verb}` | {labels[target]} |" for verb in verbs)
