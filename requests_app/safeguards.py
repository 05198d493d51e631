"""When what guards the data was done last: a row each, which the commands write (requests_app.integrity.backups)."""

from django.db import models

from accounts import clock


class Safeguard(models.Model):
    """The last backup that was written, and the last drill that proved one."""

    class Kind(models.TextChoices):
        BACKUP = "backup"
        DRILL = "drill"

    kind = models.CharField(max_length=10, choices=Kind, primary_key=True)
    done_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=["backup", "drill"]), name="safeguard_known")]

    def __str__(self):
        return f"{self.kind} of {self.done_at}"

    @classmethod
    def note(cls, kind):
        """Note that it was done just now."""
        cls.objects.update_or_create(kind=kind, defaults={"done_at": clock.now()})
