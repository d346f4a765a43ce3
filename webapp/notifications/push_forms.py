"""The form in which a browser says how to reach it."""

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from integrations.outbound.addresses import MAX_LENGTH
from integrations.push.subscriptions import BrowserSubscription

INCOMPLETE = "This browser did not say how to reach it. Please try again."


class PushForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What a script fills in: endpoint, p256dh and auth, as `PushSubscription.toJSON()` gives them."""

    endpoint = StringField(validators=[InputRequired(INCOMPLETE), Length(max=MAX_LENGTH, message=INCOMPLETE)])
    p256dh = StringField(validators=[InputRequired(INCOMPLETE), Length(max=200, message=INCOMPLETE)])
    auth = StringField(validators=[InputRequired(INCOMPLETE), Length(max=100, message=INCOMPLETE)])

    def subscription(self) -> BrowserSubscription:
        return BrowserSubscription(self.endpoint.data, self.p256dh.data, self.auth.data)
