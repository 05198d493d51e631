from django.db.models import IntegerField
from django.db.models.lookups import In

MOST = 2**63  # no integer column holds it; SQLite fails at it, where PostgreSQL just finds no row


@IntegerField.register_lookup
class InOfIntegers(In):
    """`in`, for which numbers that are too large for any column are in no row. Django sees to this for `exact`."""

    def get_prep_lookup(self):
        values = super().get_prep_lookup()
        if not self.rhs_is_direct_value():
            return values
        return [value for value in values if not isinstance(value, int) or -MOST <= value < MOST]
