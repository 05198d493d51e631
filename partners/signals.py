from django.dispatch import Signal

# Sent inside the transaction that suspends: `partner`, `by`. What stands above this app ends the partner's shares.
partner_suspended = Signal()
