"""The channels that this version has, each with its sender. A channel without one has no deliveries."""

from collections.abc import Mapping

from webapp.models.words import Channel
from webapp.notifications.mail_sender_service import MAIL_SENDER
from webapp.notifications.push_sender_service import PUSH_SENDER
from webapp.notifications.sender_service import ChannelSender

SENDERS: Mapping[Channel, ChannelSender] = {Channel.MAIL: MAIL_SENDER, Channel.PUSH: PUSH_SENDER}
