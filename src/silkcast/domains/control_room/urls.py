"""Which view answers where: the login, the control room and the back office."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from silkcast.domains.control_room.frame import by_method, framed
from silkcast.domains.control_room.pages import (
    account,
    base,
    book,
    console,
    destinations,
    events,
    keys,
    login,
    orders,
    people,
    pictures,
    products,
    rooms,
    shows,
    sign_ins,
    wall,
)
from silkcast.domains.insight.urls import OF_SHOW
from silkcast.ui.admin import back_office

SHOW = "control/shows/<uuid:show_id>"
PRODUCT = "control/products/<uuid:product_id>"
ROOM = "control/rooms/<uuid:room_id>"
DESTINATION = "control/destinations/<uuid:destination_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("login", by_method(get=login.login, post=login.sign_in)),
    path("logout", by_method(post=login.sign_out)),
    path("language", by_method(post=login.language), name="set_language"),  # the back office asks for that name
    path("invitation/<str:token>", by_method(get=people.invitation, post=people.accept)),
    path("control/", framed(by_method(get=wall.wall))),
    path("control/shows", framed(by_method(get=shows.shows, post=shows.plan))),
    path(SHOW, framed(by_method(get=console.console))),
    path(f"{SHOW}/start", framed(by_method(post=console.start))),
    path(f"{SHOW}/end", framed(by_method(post=console.end))),
    path(f"{SHOW}/scene", framed(by_method(post=console.scene))),
    path(f"{SHOW}/overlays", framed(by_method(post=console.overlay))),
    path(f"{SHOW}/pitch", framed(by_method(post=console.pitch))),
    path(f"{SHOW}/offer", framed(by_method(post=console.offer))),
    path(f"{SHOW}/rundown/add", framed(by_method(post=console.add_line))),
    path(f"{SHOW}/rundown/move", framed(by_method(post=console.move_line))),
    path(f"{SHOW}/rundown/remove", framed(by_method(post=console.remove_line))),
    path(f"{SHOW}/destinations", framed(by_method(post=console.destination))),
    path(f"{SHOW}/destinations/retry", framed(by_method(post=console.retry_destination))),
    path(f"{SHOW}/ad-spend", framed(by_method(post=console.ad_spend))),
    *(path(f"{SHOW}/{page}", framed(by_method(get=view))) for page, view in OF_SHOW.items()),
    path("control/events/<uuid:event_id>", framed(by_method(get=events.cause_chain))),
    path("control/products", framed(by_method(get=products.products, post=products.add))),
    path(PRODUCT, framed(by_method(get=products.product, post=products.change))),
    path(f"{PRODUCT}/listing", framed(by_method(post=products.listing))),
    path(f"{PRODUCT}/skus", framed(by_method(post=products.add_sku))),
    path(f"{PRODUCT}/price", framed(by_method(post=products.price))),
    path(f"{PRODUCT}/stock", framed(by_method(post=products.stock))),
    path("control/orders", framed(by_method(get=orders.orders))),
    path("control/orders/<uuid:order_id>", framed(by_method(get=orders.order))),
    path("control/orders/<uuid:order_id>/refund", framed(by_method(post=orders.refund))),
    path("control/orders/<uuid:order_id>/settle-problem", framed(by_method(post=orders.settle_problem))),
    path("control/orders/<uuid:order_id>/erase-buyer", framed(by_method(post=orders.erase))),
    path("control/parcels/<uuid:parcel_id>/label.pdf", framed(by_method(get=orders.label))),
    path("control/destinations", framed(by_method(get=destinations.destinations, post=destinations.add))),
    path(DESTINATION, framed(by_method(post=destinations.change))),
    path(f"{DESTINATION}/remove", framed(by_method(post=destinations.remove))),
    path(ROOM, framed(by_method(get=rooms.room))),
    path("control/pictures", by_method(get=pictures.of_many)),
    path(f"{ROOM}/picture.jpg", by_method(get=pictures.of_room)),
    path("control/cameras/<uuid:camera_id>/picture.jpg", by_method(get=pictures.of_camera)),
    path(f"{ROOM}/cameras", framed(by_method(post=rooms.add_camera))),
    path(f"{ROOM}/cameras/rotate", framed(by_method(post=rooms.rotate_camera))),
    path(f"{ROOM}/cameras/remove", framed(by_method(post=rooms.remove_camera))),
    path(f"{ROOM}/scenes", framed(by_method(post=rooms.add_scene))),
    path(f"{ROOM}/scenes/remove", framed(by_method(post=rooms.remove_scene))),
    path("control/people", framed(by_method(get=people.people, post=people.invite))),
    path("control/people/grant", framed(by_method(post=people.grant))),
    path("control/people/withdraw", framed(by_method(post=people.withdraw))),
    path("control/people/change", framed(by_method(post=people.change_role))),
    path("control/people/link", framed(by_method(post=people.make_link))),
    path("control/people/deactivate", framed(by_method(post=people.deactivate))),
    path("control/people/reactivate", framed(by_method(post=people.reactivate))),
    path("control/sign-ins", framed(by_method(get=sign_ins.sign_ins))),
    path("control/account", framed(by_method(get=account.account))),
    path("control/account/password", framed(by_method(post=account.change_password))),
    path("control/account/sessions/end", framed(by_method(post=account.end_session))),
    path("control/account/sessions/end-others", framed(by_method(post=account.end_other_sessions))),
    path("control/base", framed(by_method(get=base.base, post=base.change))),
    path("control/keys", framed(by_method(get=keys.keys, post=keys.make))),
    path("control/keys/revoke", framed(by_method(post=keys.revoke))),
    path("control/keys/take-over", framed(by_method(post=keys.take_over))),
    path("ui-book/", framed(by_method(get=book.book))),
    path("admin/logout/", by_method(post=login.sign_out)),  # before its own, which knows nothing of the session's row
    path("admin/", back_office.urls),
]
