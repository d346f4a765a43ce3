"""What pages write in place of a name that they do not show or no longer have. Nobody can choose these words."""

FORMER = "a former member"
# A member who ended our access at Strava, in lists.
HIDDEN_NAME = "A hidden runner"
SOME_MEMBER, SOME_ORGANISER = "A member", "An organiser"
PRIVATE_LONGEST_RUN = "a member who keeps their longest run to themselves"
YOU = "You"
