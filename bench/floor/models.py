"""The columns that the two lists show, mapped on the product's tables; nothing here is ever migrated or written."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class User(AbstractBaseUser):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)

    USERNAME_FIELD = "email"
    objects = BaseUserManager()

    class Meta:
        managed = False
        db_table = "accounts_user"


class Named(models.Model):
    name = models.CharField(max_length=120)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name


class Category(Named):
    class Meta:
        managed = False
        db_table = "partners_category"


class Market(Named):
    code = models.CharField(max_length=2, primary_key=True)

    class Meta:
        managed = False
        db_table = "partners_market"


class Partner(Named):
    class Meta:
        managed = False
        db_table = "partners_partner"


class Shop(Named):
    market = models.ForeignKey(Market, models.DO_NOTHING)

    class Meta:
        managed = False
        db_table = "requests_app_shop"


class Request(models.Model):
    reference = models.CharField(max_length=14)
    shop = models.ForeignKey(Shop, models.DO_NOTHING)
    category = models.ForeignKey(Category, models.DO_NOTHING)
    headline = models.CharField(max_length=10)
    currency = models.CharField(max_length=3)
    budget = models.DecimalField(max_digits=20, decimal_places=2)
    created_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "requests_app_partnerrequest"


class Share(models.Model):
    reference = models.CharField(max_length=14)
    request = models.ForeignKey(Request, models.DO_NOTHING, related_name="shares")
    partner = models.ForeignKey(Partner, models.DO_NOTHING)
    status = models.CharField(max_length=50)
    shared_at = models.DateTimeField()
    respond_by = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "requests_app_share"


class ShopMember(models.Model):
    shop = models.ForeignKey(Shop, models.DO_NOTHING)
    user = models.ForeignKey(User, models.DO_NOTHING)

    class Meta:
        managed = False
        db_table = "requests_app_shopmember"


class PartnerMember(models.Model):
    partner = models.ForeignKey(Partner, models.DO_NOTHING)
    user = models.ForeignKey(User, models.DO_NOTHING)

    class Meta:
        managed = False
        db_table = "partners_partnermember"
