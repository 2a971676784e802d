"""Products in affinity blocks, whose words, brands and prices tell the block for the most part."""

from dataclasses import dataclass
from functools import reduce

import numpy as np

from analytics.simulation.options import ShopOptions
from analytics.simulation.tables import Floats, Ints, Products, Texts

# (department, categories, words), one a block; from the 17th on they come again in other series.
THEMES: tuple[tuple[str, str, str], ...] = (
    ("Drinks", "Coffee,Tea,Cocoa", "Arabica Roasted Dark Morning Crema Decaf"),
    ("Drinks", "Juice,Water,Lemonade", "Sparkling Orange Fresh Still Citrus Pressed"),
    ("Food", "Bread,Pastry,Flour", "Rye Sourdough Wholegrain Butter Crusty Seeded"),
    ("Food", "Cheese,Yoghurt,Milk", "Creamy Alpine Mature Organic Mild Goat"),
    ("Food", "Pasta,Rice,Sauce", "Durum Basil Tomato Basmati Spicy Wheat"),
    ("Food", "Chocolate,Biscuits,Sweets", "Hazelnut Caramel Vanilla Crispy Filled Bitter"),
    ("Household", "Detergent,Cleaner,Sponges", "Concentrated Lemon Gentle Foam Power Refill"),
    ("Household", "Candles,Vases,Cushions", "Linen Scented Woven Pastel Ceramic Soft"),
    ("Beauty", "Shampoo,Soap,Lotion", "Aloe Almond Sensitive Shea Repair Silky"),
    ("Beauty", "Lipstick,Mascara,Powder", "Matte Velvet Long-lasting Rose Glossy Nude"),
    ("Pets", "Dog food,Leads,Dog toys", "Beef Chewy Puppy Sturdy Grain-free Reflective"),
    ("Pets", "Cat food,Litter,Cat toys", "Tuna Kitten Clumping Salmon Feather Playful"),
    ("Sports", "Running shoes,Shorts,Socks", "Breathable Trail Light Cushioned Reflex Fast"),
    ("Sports", "Yoga mats,Weights,Bottles", "Grip Balance Steel Foldable Cork Strong"),
    ("Garden", "Seeds,Pots,Soil", "Perennial Terracotta Herbal Blooming Potting Sunny"),
    ("Toys", "Puzzles,Blocks,Board games", "Wooden Colourful Family Animal Giant Clever"),
)
SERIES = ("", " Nova", " Alba", " Terra", " Lumen", " Prima", " Vita", " Orbis")
BRANDS_PER_BLOCK = 4
# Share of the words and brands that come from the product's own block.
TELLING_SHARE = 0.85
PRICE_MEDIAN_MINOR = 350.0
PRICE_SPREAD_OF_BLOCKS, PRICE_SPREAD_INSIDE = 0.35, 0.45


@dataclass(frozen=True)
class Catalogue:
    """Products and where they stand. ``members[b, r]`` is the product of rank r in block b."""

    products: Products
    block: Ints
    rank: Ints
    sizes: Ints  # (blocks,)
    reach: Floats  # Zipf's weights cumulated over the ranks, from rank 0: (largest size + 1,)

    def draw(self, rng: np.random.Generator, block: Ints) -> Ints:
        """A product of each of these blocks: rank r with a weight of (r + 1) ** -exponent."""
        height = rng.random(block.shape) * self.reach[self.sizes[block]]
        rank = np.searchsorted(self.reach, height, side="right") - 1
        return np.asarray(rank * self.sizes.size + block, dtype=np.int64)


def draw_catalogue(rng: np.random.Generator, options: ShopOptions) -> Catalogue:
    """Product number r · blocks + b is the r-th of block b."""
    number, blocks = options.product_count, options.block_count
    block, rank = np.arange(number) % blocks, np.arange(number) // blocks
    sizes = np.bincount(block, minlength=blocks)
    weights = (np.arange(sizes.max()) + 1.0) ** -options.popularity_exponent
    level = rng.normal(0.0, PRICE_SPREAD_OF_BLOCKS, size=blocks)[block]
    price = PRICE_MEDIAN_MINOR * np.exp(level + rng.normal(0.0, PRICE_SPREAD_INSIDE, size=number))
    # List prices end in 9, as in shops.
    price_minor = np.maximum(np.rint(price / 10).astype(np.int64) * 10 - 1, 49)
    return Catalogue(
        products=_described(rng, block, rank, price_minor),
        block=block,
        rank=rank,
        sizes=sizes,
        reach=np.concatenate([[0.0], np.cumsum(weights)]),
    )


def _described(rng: np.random.Generator, block: Ints, rank: Ints, price_minor: Ints) -> Products:
    blocks, number = int(block.max()) + 1, block.size
    theme = block % len(THEMES)
    categories = np.array([theme_[1].split(",") for theme_ in THEMES])
    words = np.array([theme_[2].split() for theme_ in THEMES])
    series = np.array(SERIES)[(block // len(THEMES)) % len(SERIES)]
    category = categories[theme, rng.integers(categories.shape[1], size=number)]
    first, second = rng.integers(words.shape[1], size=(2, number))
    brand_block = _mostly_own(rng, block, blocks)
    brand = brand_block * BRANDS_PER_BLOCK + rng.integers(BRANDS_PER_BLOCK, size=number)
    brand_name = np.char.add("Brand ", np.char.zfill(brand.astype(str), 3))
    name = (
        brand_name,
        words[_mostly_own(rng, block, blocks) % len(THEMES), first],
        words[_mostly_own(rng, block, blocks) % len(THEMES), second],
        category,
        (rank + 1).astype(str),
    )
    return Products(
        name=reduce(_spaced, name),
        department=np.array([theme_[0] for theme_ in THEMES])[theme],
        category=np.char.add(category, series),
        brand=brand_name,
        price_minor=price_minor,
    )


def _mostly_own(rng: np.random.Generator, block: Ints, blocks: int) -> Ints:
    """The own block in TELLING_SHARE of the cases, any block in the others."""
    other = rng.integers(blocks, size=block.size)
    return np.where(rng.random(block.size) < TELLING_SHARE, block, other)


def _spaced(left: Texts, right: Texts) -> Texts:
    return np.char.add(np.char.add(left, " "), right)
