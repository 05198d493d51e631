from django.dispatch import Signal

mail_due = Signal()  # gives `notifications` about to be mailed; a receiver gives those whose matter is over by now
