"""The address of a member's photo, for those who may see it."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.errors import not_found
from webapp.extensions import clock
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.photos.queries import shown_photo

bp = Blueprint("photos", __name__)

# A page that no longer shows the photo does not lead here. What a browser has is good for a few minutes.
KEEP = "private, max-age=300"


@bp.get("/g/<slug>/members/<int:runner_id>/photo")
@login_required
def photo(slug: str, runner_id: int) -> ResponseReturnValue:
    """Serve the photo that a member shows the group. Without one, whatever the reason, the answer is the same 404."""
    group, _ = group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
    found = shown_photo(group.id, runner_id, clock().now())
    if found is None:
        raise not_found()
    response = Response(found.jpeg, mimetype="image/jpeg", headers={"Cache-Control": KEEP})
    response.set_etag(found.digest)
    return response.make_conditional(request)
