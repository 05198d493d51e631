from django.dispatch import Signal

# In the transaction in which a person, `user`, is made inactive or active again, by `by`.
activity_changed = Signal()
activity_changing = Signal()  # before they are made inactive; receivers return the Consequences of it

# Whether a `user` is required to have a second factor, beside as staff; receivers return whether they are.
factor_required = Signal()

# Before a mail goes out to `person` of these `notifications`; receivers return those that are not theirs to read now.
reader_asked = Signal()
mail_due = Signal()  # sent with `notifications` about to be mailed; receivers return those that are outdated by now

# In the transaction in which memberships of `of`, a locked shop or partner, were written by `by`: `changes` are
# [(person, role before, role after)] with "" for none; `founded` says that it is new.
members_changed = Signal()

# Before a password, a passkey or a new password counts for an `address`; with `user`, they proved to be this person.
# Receivers return why it does not, or None.
password_asked = Signal()

# Before a `user` has the new `address`; receivers return why they may not, or None.
address_asked = Signal()
