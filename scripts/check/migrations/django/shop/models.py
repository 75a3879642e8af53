from django.db import models


class Orders(models.Model):
    class Meta:
        db_table = "orders"
