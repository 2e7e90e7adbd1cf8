from __future__ import annotations

from django.urls import path

from silkcast.domains.shop import carts, checkout, pages, purchase, shows

urlpatterns = [
    path("", pages.home, name="home"),
    path("s/<slug:slug>", pages.enter, name="shop"),
    path("live/<uuid:show_id>", shows.live, name="live"),
    path("live/<uuid:show_id>/poster.jpg", shows.poster, name="poster"),
    path("p/<uuid:product_id>", pages.product, name="product"),
    path("cart", carts.cart, name="cart"),
    path("cart/units", carts.set_units, name="cart-units"),
    path("checkout", checkout.checkout, name="checkout"),
    path("o/<str:token>", purchase.read, name="purchase"),
    path("o/<str:token>/pay", purchase.pay, name="purchase-pay"),
    path("o/<str:token>/let-go", purchase.let_go, name="purchase-let-go"),
    path("o/<str:token>/receipt", purchase.receive, name="purchase-receipt"),
    path("o/<str:token>/problem", purchase.problem, name="purchase-problem"),
    path("currency", pages.choose_currency, name="currency"),
    path("privacy", pages.privacy, name="privacy"),
    path("media/products/<str:name>", pages.picture, name="picture"),
]
