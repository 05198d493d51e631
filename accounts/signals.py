from django.dispatch import Signal

mail_due = Signal()  # sent with `notifications` about to be mailed; receivers return those that are outdated by now
