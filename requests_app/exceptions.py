from accounts.exceptions import NotPossible


class PartnersUnavailable(NotPossible):
    """Partners that cannot be asked now; `names` says which, for the form."""

    def __init__(self, message, names):
        super().__init__(message)
        self.names = names


class NewerVersion(NotPossible):
    """The request changed since the version that the person saw; he is shown the difference and decides again."""

    def __init__(self, message, *, seen, current):
        super().__init__(message)
        self.seen, self.current = seen, current
