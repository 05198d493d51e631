from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.checks import Tags, register
from django.utils.module_loading import autodiscover_modules


class ProjectConfig(AppConfig):
    """What is about the deployment: its checks, and the commands of operators."""

    name = "shoppartners"

    def ready(self):
        from shoppartners import checks

        for check in checks.OF_DEPLOYMENT:
            register(check, Tags.security, deploy=True)


class StaffAdminConfig(AdminConfig):
    """The admin under the product's name, in place of django.contrib.admin."""

    default_site = "requests_app.staff.admin_site.StaffSite"

    def ready(self):
        """Load `staff.admin` of the apps that have it, besides each app's own `admin` module."""
        from django.contrib.admin import site

        super().ready()
        autodiscover_modules("staff.admin", register_to=site)
