"""What the operator learns of messages to groups' chat channels."""

from integrations.chat.links import ChatService
from tests.support.browser import Browser, words
from tests.support.builders import make_group
from tests.support.operator_page import PAGE, PART
from webapp.db import db
from webapp.extensions import clock
from webapp.models.group_channels import ChannelPost, GroupChannel
from webapp.models.words import DeliveryState


def test_the_page_lists_messages_to_chat_channels_that_are_unknown(browser: Browser) -> None:
    assert "chat channels" not in words(browser.get(PAGE))
    now = clock().now()
    room = {"name": "#cake", "service": ChatService.NTFY, "sealed_link": "sealed", "added_at": now}
    channel = GroupChannel(group_id=make_group().id, carries_since=now, **room)
    db.session.add(channel)
    db.session.flush()
    states = ((DeliveryState.SENT, 1), (DeliveryState.UNKNOWN, 2))
    for state, post_id in states:
        post = {"due_at": now, "claimed_at": now, "finished_at": now, "state": state}
        db.session.add(ChannelPost(id=post_id, channel_id=channel.id, **post))
    db.session.commit()
    for page in (PAGE, PART):
        read = words(browser.get(page))
        assert "Message 2 to ntfy" in read and "Message 1" not in read and "#cake" not in read
