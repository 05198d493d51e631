"""What a policy answers: yes, or no with the reason that the screen shows."""

from dataclasses import dataclass

from django.utils.functional import Promise

from accounts.exceptions import NotAllowed


@dataclass(frozen=True)
class Decision:
    reason: str | Promise = ""  # why not; empty when allowed

    def __bool__(self):
        return not self.reason


YES = Decision()


def require(decision):
    """Raise NotAllowed with the policy's reason unless it said yes."""
    if not decision:
        raise NotAllowed(decision.reason)
