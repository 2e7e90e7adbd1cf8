"""The product's settings, with a password hash that costs nothing: tests sign in hundreds of times."""

from silkcast.project.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
