"""Writing what a group tells of itself. Nothing here commits."""

from dataclasses import asdict

from sqlalchemy import delete, insert, update

from webapp.db import db
from webapp.group_profiles.queries import profile_of
from webapp.group_profiles.rules import Profile
from webapp.job_names import Job
from webapp.models.directory import DirectoryWord
from webapp.models.group_profiles import GroupPicture, GroupProfile, MeetingTime
from webapp.models.groups import Group
from webapp.pictures import Picture
from webapp.queue import after_commit
from webapp.text import search_key, search_words

# A group is found by this many words of what it tells. Its area and name come first.
MAX_WORDS = 400


def save_profile(group: Group, profile: Profile, text: str) -> bool:
    """Store what a group tells of itself; return whether that changes anything.

    Hold the group's lock. Enqueues Job.COUNT_MEMBERS for one in the directory.
    """
    if profile == profile_of(group.id) and text == group.text:
        return False
    group.text = text
    values = {name: value for name, value in asdict(profile).items() if name != "meetings"}
    db.session.merge(GroupProfile(group_id=group.id, **values))
    db.session.execute(delete(MeetingTime).where(MeetingTime.group_id == group.id))
    db.session.add_all(MeetingTime(group_id=group.id, **asdict(meeting)) for meeting in profile.meetings)
    refresh_index(group)
    if profile.listed:
        after_commit(Job.COUNT_MEMBERS)
    return True


def refresh_index(group: Group) -> None:
    """Derive again what the directory finds a group by, after its name, text or profile has changed."""
    db.session.flush()
    db.session.execute(delete(DirectoryWord).where(DirectoryWord.group_id == group.id))
    profile = profile_of(group.id)
    named = update(GroupProfile).where(GroupProfile.group_id == group.id)
    db.session.execute(named.values(sort_name=search_key(group.name)))
    if not profile.listed:
        return
    area = set(search_words(profile.area))
    places = " ".join(meeting.place for meeting in profile.meetings)
    every = search_words(" ".join((profile.area, group.name, profile.languages, places, group.text)))[:MAX_WORDS]
    rows = [{"word": word, "group_id": group.id, "in_area": word in area} for word in every]
    db.session.execute(insert(DirectoryWord), rows)


def save_picture(group_id: int, picture: Picture) -> None:
    """Store a group's picture in the place of the one before. Hold the group's lock."""
    db.session.merge(GroupPicture(group_id=group_id, digest=picture.digest, **asdict(picture)))
    db.session.flush()


def remove_picture(group_id: int) -> bool:
    """Remove a group's picture; return whether there was one."""
    gone = delete(GroupPicture).where(GroupPicture.group_id == group_id).returning(GroupPicture.group_id)
    return db.session.execute(gone).first() is not None
