"""Names of customers: Flemish, Walloon and from Brussels, with the characters that break careless code."""

from __future__ import annotations

from bot.playground.company.draws import Draw

_KINDS = {
    "Industry": (
        "{} & Zonen",
        "Metaalwerken {}",
        "Ateliers {}",
        "{} Engineering",
        "Drukkerij {}",
        "Brouwerij {}",
        "Transport {}",
        "{} Solutions <BE>",
    ),
    "Retail": (
        "Bakkerij {}",
        "Boekhandel {}",
        "{} & Fils",
        "Bloemen {}",
        "Fietsen {}",
        "Optique {}",
        "Slagerij {}",
        "Meubles {}",
        "{} > Outlet",
    ),
    "Public": ("Gemeente {}", "OCMW {}", "Bibliotheek {}", "Commune de {}", "Stadsschool {}", "Académie {}"),
    "Hospitality": (
        "Brasserie {}",
        "Café 't {}",
        "Hôtel {}",
        "Frituur {}",
        "L'Étoile de {}",
        "Bistro {}",
        "Traiteur {}",
        "B&B {}",
    ),
    "Care": ("Woonzorg {}", "Clinique {}", "Apotheek {}", "Tandartsen {}", "Résidence {}", "Kiné {}"),
}
_FAMILIES = (
    *(
        "Aerts",
        "Baert",
        "Bogaerts",
        "Bosmans",
        "Carlier",
        "Claessens",
        "Collin",
        "Coppens",
        "Cuypers",
        "D'Haese",
    ),
    *("De Backer", "De Clercq", "De Smet", "De Wilde", "Declercq", "Delvaux", "Denis", "Desmet", "Dierckx"),
    *("Dupont", "Evrard", "François", "Gérard", "Gielen", "Hendrickx", "Hermans", "Janssens", "Lacroix"),
    *(
        "Lambrecht",
        "Lemmens",
        "Léonard",
        "Martens",
        "Mathieu",
        "Michaux",
        "Moens",
        "Noël",
        "O'Connor",
        "Pauwels",
    ),
    *(
        "Petit",
        "Piron",
        "Renard",
        "Roels",
        "Saelens",
        "Segers",
        "Simon",
        "Smets",
        "Stevens",
        "Thiry",
        "Tytgat",
    ),
    *(
        "Van Acker",
        "Van Hove",
        "Vandamme",
        "Verhaegen",
        "Vermeulen",
        "Verstraete",
        "Wauters",
        "Willemot",
        "Wyns",
    ),
)
_TOWNS = (
    *(
        "Aalst",
        "Arlon",
        "Brugge",
        "Charleroi",
        "Dendermonde",
        "Dinant",
        "Diksmuide",
        "Eeklo",
        "Eupen",
        "Geel",
    ),
    *(
        "Genk",
        "Gent",
        "Halle",
        "Hasselt",
        "Huy",
        "Ieper",
        "Knokke",
        "Kortrijk",
        "La Louvière",
        "Leuven",
        "Liège",
    ),
    *("Lier", "Lokeren", "Mechelen", "Mons", "Namur", "Nivelles", "Oostende", "Roeselare", "Ronse", "Tielt"),
    *("Tongeren", "Tournai", "Turnhout", "Verviers", "Veurne", "Vilvoorde", "Waremme", "Waver", "Zottegem"),
)
_TOWN_NAMED = 0.4


class Names:
    """Gives each customer a name that no other one has."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._taken: dict[str, int] = {}

    def next(self, key: str, segment: str) -> str:
        """Return the name of the next customer, the second of a name being called "... 2"."""
        draw = Draw(self._seed, "name", key)
        kind, family, town = draw.pick(_KINDS[segment]), draw.pick(_FAMILIES), draw.pick(_TOWNS)
        name = kind.format(town) if segment == "Public" else kind.format(family)
        if segment != "Public" and draw.chance(_TOWN_NAMED):
            name = f"{name} ({town})"
        self._taken[name] = self._taken.get(name, 0) + 1
        return name if self._taken[name] == 1 else f"{name} {self._taken[name]}"
