class ActionRefused(Exception):
    """An act that may not or cannot be done now. `message` tells the person what happened and what to do."""

    def __init__(self, message):
        super().__init__(message)
        self.message = message


class NotAllowed(ActionRefused):
    """The person may not do it: a policy said no, and `message` is its reason."""


class NotPossible(ActionRefused):
    """The thing is not in a state for it, perhaps since somebody else acted first."""
