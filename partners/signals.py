from django.dispatch import Signal

# Sent with `partner` and `by` in the transaction that suspends; a receiver in requests_app ends the partner's shares.
partner_suspended = Signal()

# Sent with `partner`, `by`, whether it is `by_staff`, and the names of what `changed`, in the transaction that changes
# its profile or availability.
profile_changed = Signal()
