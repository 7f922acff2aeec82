"""The words that the pets of a benchmark are described with, and that its customers search for."""

import random
from collections.abc import Iterator


def _listed(text: str) -> list[str]:
    return text.split()


NAMES = _listed("""
    Alder Amber Archie Aspen Atlas Basil Bean Bella Birdie Biscuit Blossom Bramble Brioche Bruno Button Caramel Cedar
    Chester Cinder Clover Cocoa Comet Coral Cricket Daisy Dapple Domino Dotty Echo Elderberry Ember Ernie Fable Felix
    Fern Fiddle Figaro Finch Ginger Gizmo Gusto Harriet Hattie Hazel Heron Hobbes Indigo Iris Ivy Jasper Juniper Jupiter
    Kipper Kiwi Lentil Lotte Luna Mabel Maple Marlow Mango Mello Merlot Midge Minnow Mirabel Misty Mochi Monty Mossy
    Nettle Noodle Nutmeg Oakley Olive Onyx Opal Orbit Otis Paprika Parsley Peanut Pebble Pepper Pickle Pippin Pixel
    Poppy Porter Pudding Quill Quince Radish Raisin Remy Rhubarb Ripple Roscoe Rosie Rufus Saffron Sable Scout Sesame
    Sonny Sorrel Sprout Sultana Tansy Tapioca Thistle Toffee Truffle Tulip Turnip Umber Velvet Vesper Waffles Walnut
    Willow Winnie Yarrow Ziggy Zinnia
""")
ADJECTIVES = _listed("""
    affectionate brave calm cheerful clever curious daring dignified dreamy drowsy eager fearless gentle graceful grumpy
    hungry jolly loyal mellow mischievous noble patient peaceful playful polite proud quiet shy silly sociable stubborn
    talkative tender thoughtful tidy vigilant
""")
COATS = _listed("""
    apricot black brindled bronze brown calico charcoal chestnut chocolate cinnamon copper cream emerald fawn ginger
    golden grey honey ivory marbled mottled olive orange peppered russet sandy silver smoky speckled spotted striped
    tawny turquoise white
""")
PLACES = _listed("""
    Antwerp Bergen Berlin Bordeaux Bristol Cork Cracow Delft Dresden Dublin Florence Galway Geneva Ghent Granada Graz
    Hamburg Helsinki Krems Leiden Lisbon Lyon Malmo Naples Oslo Porto Prague Riga Salzburg Seville Siena Tallinn Turin
    Uppsala Utrecht Vienna
""")
HABITS = _listed("""
    admires befriends carries catches chases counts defends follows greets guards herds hides inspects investigates
    juggles licks observes patrols polishes recognises remembers rescues salutes scolds serenades shadows steals studies
    supervises treasures watches welcomes
""")
THINGS = _listed("""
    acorns balloons baskets beetles blankets boots bubbles butterflies buttons clouds cushions doorbells dragonflies
    feathers fountains gardeners hedgehogs ladders lanterns leaves marbles mirrors neighbours pigeons postmen puddles
    ribbons scarves shadows slippers snowflakes socks sparrows teapots umbrellas wardrobes
""")
TREATS = _listed("""
    anchovies apples bacon blueberries broth carrots cheese chicken cranberries crickets cucumber custard duck herring
    lamb mackerel melon oats omelette pasta peas pumpkin rabbit rice salmon sardines shrimp spinach trout tuna turkey
    venison yoghurt
""")
SPECIES = {"CAT": "cat", "DOG": "dog", "FROG": "frog"}

SEARCHES = sorted({word.lower() for word in (*NAMES, *ADJECTIVES, *COATS, *PLACES, *HABITS, *THINGS, *TREATS)})
"""What customers search for; each of these words finds many pets."""

PAIRS = [(coat, treat) for coat in COATS for treat in TREATS]
"""Pairs of words that find some dozens of pets."""


def pets(count: int, seed: int) -> Iterator[tuple[str, str, int, str]]:
    """Name, species, age in years and description of some pets; the same for the same seed."""
    chance = random.Random(seed)
    kinds = list(SPECIES)
    for number in range(count):
        species = kinds[number % len(kinds)]
        name, choose = chance.choice(NAMES), chance.choice
        description = (
            f"A {choose(ADJECTIVES)} {SPECIES[species]} from {choose(PLACES)}, {choose(COATS)} all over, who "
            f"{choose(HABITS)} {choose(THINGS)} by day and dreams of {choose(TREATS)} by night. "
            f"{name} is {choose(ADJECTIVES)} with children and would love a home with {choose(THINGS)}."
        )
        yield name, species, chance.randrange(16), description
