"""The people of the invented world: clubs, names, towns. Nobody here exists."""

from dataclasses import dataclass

from integrations.strava_simulator.figures import dice


@dataclass(frozen=True, slots=True)
class Club:
    """A few people who run together. `share` is their part of the world; `town` sets where their runs begin."""

    name: str
    tz: str
    text: str
    teams: tuple[str, ...]
    share: int
    city: str
    country: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class SimulatedPerson:
    """What an athlete is called."""

    firstname: str
    lastname: str
    sex: str | None


CLUBS = (
    Club(
        "Lockside Striders",
        "Europe/London",
        "Towpath miles on Tuesday evenings, a long one on Sunday, and tea after either.",
        ("Herons", "Kingfishers", "Otters"),
        26,
        "London",
        "United Kingdom",
        51.536,
        -0.062,
    ),
    Club(
        "Prairie Wind Run Crew",
        "America/Chicago",
        "Lakefront before work, whatever the wind says. All paces, nobody left behind.",
        ("North Shore", "South Shore"),
        20,
        "Chicago",
        "United States",
        41.911,
        -87.626,
    ),
    Club(
        "Rain Tree Runners",
        "Asia/Singapore",
        "Out before the heat, along the park connectors. Breakfast is part of the training.",
        (),
        14,
        "Singapore",
        "Singapore",
        1.302,
        103.874,
    ),
)

TRIPS = ("America/New_York", "Europe/Lisbon", "Asia/Tokyo", "Australia/Sydney", "America/Denver", "Asia/Kolkata")

# Each circle gives first names (women, men) and family names that go together.
CIRCLES = (
    (("Hannah", "Imogen", "Priscilla", "Maud"), ("Callum", "Rhys", "Edmund", "Toby"),
     ("Ashdown", "Pembery", "Wetherall", "Thackray", "Lorrimer", "Quigley")),
    (("Niamh", "Aoife", "Gráinne"), ("Cillian", "Eoin", "Fergal"),
     ("O'Shaughnessy", "Mac Giolla", "Delahunt", "Kilbride")),
    (("Amara", "Ngozi", "Folake"), ("Chidi", "Tunde", "Emeka"),
     ("Okonjo", "Adebisi", "Eze-Nwosu", "Balogun-Hart")),
    (("Marisol", "Xiomara", "Lucía"), ("Joaquín", "Mateo", "Efraín"),
     ("Villaseñor", "Ibarra Luna", "Quiñones", "del Río")),
    (("Priya", "Ananya", "Kavitha"), ("Arjun", "Rohan", "Suresh"),
     ("Venkataraman", "Deshmukh", "Bhattarai", "Pillai")),
    (("Mei Ling", "Shu Fen", "Hui Min"), ("Wei Jie", "Jun Hao", "Kok Leong"),
     ("Tan", "Lim", "Goh", "Ng", "Yeo")),
    (("Nurul", "Siti Aisyah"), ("Hafiz", "Faizal"), ("binte Rahmat", "Osman", "Jalil")),
    (("Kasia", "Ludmiła", "Zuzana"), ("Wojciech", "Bogdan", "Matěj"),
     ("Wiśniewska-Cole", "Dvořáček", "Kowalik", "Zielony")),
    (("Ingrid", "Solveig"), ("Åke", "Bjørn"), ("Sørlie", "Nyström", "Håkonsen")),
    (("Leilani", "Denise", "Tamika"), ("Marcus", "Deshawn", "Curtis"),
     ("Whitlock", "Fontenot", "Beaumont", "St. Clair")),
    (("Yasmin", "Shirin"), ("Omid", "Tariq"), ("Farrokhzad", "El-Masry", "Haddadin")),
)  # fmt: skip

# Names that have broken software before; every world that is large enough has them.
AWKWARD = {
    3: SimulatedPerson("Niamh", "O'Shaughnessy", "F"),
    7: SimulatedPerson("さくら", "小林", "F"),
    31: SimulatedPerson("Jo", "X", "M"),
    49: SimulatedPerson("วิชัย", "Ng", "M"),
}


def person(seed: int, number: int) -> SimulatedPerson:
    """Return the name of the athlete with this place in the world; the same at every call."""
    if number in AWKWARD:
        return AWKWARD[number]
    chance = dice(seed, "person", number)
    women, men, families = CIRCLES[(number * 7 + chance.randrange(3)) % len(CIRCLES)]
    sex = chance.choice("FM")
    return SimulatedPerson(chance.choice(women if sex == "F" else men), chance.choice(families), sex)


def club_of(number: int, athletes: int) -> int:
    """Return which club the athlete belongs to, in a world of `athletes`: the clubs keep their proportions."""
    place, total = (number + 0.5) / max(athletes, 1), sum(club.share for club in CLUBS)
    reached = 0.0
    for index, club in enumerate(CLUBS):
        reached += club.share / total
        if place < reached:
            return index
    return len(CLUBS) - 1
