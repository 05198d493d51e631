from django.dispatch import Signal

# Sent with `partner` and `by` in the transaction that suspends; a receiver in requests_app ends the partner's shares.
partner_suspended = Signal()
