from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """The admin under the product's name, in place of django.contrib.admin."""

    default_site = "requests_app.admin_site.StaffSite"
