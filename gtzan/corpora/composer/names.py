"""Invented names of artists and songs, in each genre's manner."""

import numpy as np

# Artists are "<first> <second>", titles "<third> <fourth>".
_WORDS: dict[str, tuple[str, str, str, str]] = {
    "blues": (
        "Blind,Little,Big,Mudfoot,Sleepy,Delta,Smokey,Juke,Lonesome,Papa,Lefty,Memphis",
        "Walter Hobbs,Jim Crowder,Mae Tolliver,Otis Fenn,Earl Bascomb,Lou Pickett,Ray Sutter,Joe Calloway",
        "Levee,Rainy,Crossroad,Empty,Midnight,Greyhound,Cotton,Whiskey,Lowdown,Backwater",
        "Blues,Woman,Train,Morning,Shuffle,Road,Moan,Bottle,Rent,River",
    ),
    "classical": (
        "Orchestra of,Collegium,Camerata,Quartet of,Sinfonia,Ensemble,Philharmonia,Soloists of",
        "Altenbruck,Montevero,Saint-Aubry,Lindesholm,Karvola,Ostrava Nova,Bellacorte,Wexmoor,Tarnau,Rivabella",
        "Andante,Prelude,Largo,Minuet,Nocturne,Allegro,Pavane,Romance,Elegy,Sarabande",
        "in C,in G minor,in D,in A minor,in E flat,in F,in B minor,in B flat,No. 2,No. 5",
    ),
    "country": (
        "Cody,Loretta,Hank,Tammy,Waylon,Dolores,Clint,Patsy,Merle,Rosalee",
        "Hollister,Pruitt,McAllen,Tucker,Dawes,Whitfield,Barlow,Cashmoor,Jennis,Ridgeway",
        "Dusty,Honky-Tonk,Tennessee,Pickup,Sunday,Homesick,Prairie,Front-Porch,Gravel,Bluebonnet",
        "Road,Heart,Angel,Tears,Truck,Waltz,Moon,Promise,Creek,Goodbye",
    ),
    "disco": (
        "Glitter,Studio,Velvet,Boogie,Mirrorball,Saturday,Neon,Silver,Champagne,Roller",
        "Express,Connection,Sisters,Machine,Union,Fever Band,Orchestra,Sensation,Avenue,Delight",
        "Dance,Night,Burning,Shake,Heaven,Lovin',Move,Disco,Starlight,Never Stop",
        "Tonight,Forever,Fever,Fantasy,Man,Paradise,It Down,Love,Emotion,Lady",
    ),
    "hiphop": (
        "MC,DJ,Lil,Young,Grand,Professor,Kid,Big,Master,Sir",
        "Cipher,Krates,Verbal,Boroughz,Static,Dollaz,Wordsmyth,Sleep,Concrete,Voltage",
        "Corner,Paper,Boom,Concrete,Real,Block,Mic,Late,Sidewalk,Crate",
        "Talk,Dreams,Chase,Science,Check,Season,Theory,Shift,Legend,Cypher",
    ),
    "jazz": (
        "Chet,Thelma,Art,Dexter,Bix,Ella-Mae,Clifford,Lester,Nina,Wes",
        "Marlowe Quartet,Bouvier Trio,Hastings Quintet,Coltman Trio,Lacroix Sextet,Whitlock Quartet,Dorn Trio",
        "Autumn,Blue,Round,Velvet,Softly,Cool,Harlem,Stella's,Waltz for,Minor",
        "Lament,Corner,Sketches,Reverie,Five,Bounce,Sunday,Mood,Strut,Ballad",
    ),
    "metal": (
        "Iron,Black,Grim,Storm,Blood,Obsidian,Rust,Cryptic,Frost,Hell",
        "Covenant,Altar,Ravager,Throne,Serpent,Legion,Sepulchre,Reaver,Bastion,Eclipse",
        "Hammer of,March of,Crown of,Beneath,Ashes of,Born of,Gates of,Wrath of,Blade of,Ruins of",
        "Thorns,Sorrow,the Void,Kings,Winter,the Damned,Steel,Oblivion,Fire,Silence",
    ),
    "pop": (
        "Lila,Max,Cleo,Jonas,Mia,Robyn-Lee,Ivy,Nico,Zara,Theo",
        "Hart,Valentine,Moreau,Starr,Lind,Rivers,Bloom,Winters,Foxe,Carter-Lane",
        "Call,Summer,Crazy,Sugar,Paper,Electric,Heartbeat,Perfect,Neon,Only",
        "Me Back,Nights,For You,Kiss,Hearts,Touch,Radio,Stranger,Sky,Ours",
    ),
    "reggae": (
        "Jah,Prince,Dread,Sister,Ras,Roots,King,Zion,Tuff,Island",
        "Solomon,Lionheart,Marcus,Irie,Hibbertson,Culture,Vibration,Winstone,Natty,Uprising",
        "Babylon,Redemption,Kingston,One,Sunshine,Roots,Natural,Rasta,Freedom,Irie",
        "Rock,Road,Love,Children,Rising,Stepper,Mystic,Harvest,Feeling,Yard",
    ),
    "rock": (
        "The Broken,The Electric,Stone,The Velvet,Highway,The Crooked,Thunder,The Paper,Wild,The Rolling",
        "Saints,Kites,Jaguars,Foxes,Brigade,Arrows,Parade,Wolves,Mirrors,Embers",
        "Burn,Run,Satellite,Long Way,Gasoline,Wasted,Highway,Break,Stand,Revolver",
        "Away,Down,Tonight,Home,Heart,Youth,Sun,the Chain,My Ground,Radio",
    ),
}  # fmt: skip


def artist_name(genre: str, number: int, rng: np.random.Generator) -> str:
    """A name that no other of the genre's first 64 artists has, where ``rng`` is the same for all of them."""
    first, second, _, _ = (words.split(",") for words in _WORDS[genre])
    order = rng.permutation(len(first) * len(second))
    # Beyond the last combination the names start again, numbered, as bands do after a split.
    again, pick = divmod(number, len(order))
    a, b = divmod(int(order[pick]), len(second))
    return f"{first[a]} {second[b]}" + (f" {'I' * (again + 1)}" if again else "")


def song_title(genre: str, rng: np.random.Generator) -> str:
    """A title in the genre's manner; an artist may use one twice."""
    _, _, first, second = (words.split(",") for words in _WORDS[genre])
    return f"{rng.choice(first)} {rng.choice(second)}"
