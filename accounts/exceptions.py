class ActionRefused(Exception):
    """An act that is not allowed or not possible now. `message` is shown: what happened, and what to do."""

    def __init__(self, message):
        super().__init__(message)
        self.message = message


class NotAllowed(ActionRefused):
    """A policy does not allow it to this person; `message` is the policy's reason."""


class NotPossible(ActionRefused):
    """The state of the row does not allow it, perhaps because somebody else acted first."""
