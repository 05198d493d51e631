"""The forty agencies of the demo world. All of them are invented; their addresses end in .example."""

from typing import NamedTuple

SMALL = "1-10 11-50"
MIDDLE = "1-10 11-50 51-200"
BROAD = "1-10 11-50 51-200 201-500"
LARGE = "51-200 201-500 501-1000 1001+"
ANY = "1-10 11-50 51-200 201-500 501-1000 1001+"


class Agency(NamedTuple):
    """Codes are separated by blanks, categories by semicolons; amounts are per month in `currency`."""

    name: str
    city: str
    owner: str
    markets: str
    categories: str
    types: str
    services: str
    languages: str
    sizes: str
    currency: str
    smallest_budget: int
    smallest_gmv: int
    capacity: int
    tagline: str
    about: str
    approved: bool = True


AGENCIES = [
    Agency(
        "Northlight Commerce", "Leeds", "Petra Lindqvist", "GB IE",
        "Beauty & Personal Care",
        "tsp cap", "store_operations livestream creator_affiliate ads", "en",
        MIDDLE, "GBP", 800, 5000, 12,
        "Skincare and beauty shops, run day by day and sold live",
        "We run beauty shops for founders who would rather make the product. Two studios in Leeds, eleven hosts who "
        "know an active from an allergen, and a weekly call in which we show what sold and what did not.",
    ),
    Agency(
        "Harbour & Pine", "Bristol", "Otto Brandvold", "GB IE FR",
        "Home Supplies; Furniture; Kitchenware",
        "tsp", "store_operations ads training", "en fr",
        BROAD, "GBP", 600, 2000, 8,
        "Home and kitchen brands that want their margin back",
        "Listings, prices, parcels, returns: we look after the parts of a home shop that nobody enjoys. We train "
        "your own people as we go, so that you can take it over when you like.",
    ),
    Agency(
        "Kestrel Live", "Manchester", "Amara Nwosu", "GB",
        "Beauty & Personal Care; Womenswear & Underwear; Fashion Accessories",
        "mcn cap", "livestream creator_affiliate", "en",
        MIDDLE, "GBP", 1200, 10000, 6,
        "Livestreams from Manchester, four evenings a week",
        "A small team with a full calendar. We take few shops at a time and give each its own host, its own set and "
        "its own evening.",
    ),
    Agency(
        "Ostra Media", "London", "Daniel Achterberg", "GB DE FR",
        "Beauty & Personal Care; Phones & Electronics; Computers & Office Equipment; Sports & Outdoor",
        "tsp tap", "ads content_production full_service", "en de fr",
        LARGE, "GBP", 2500, 50000, 10,
        "Advertising for shops that already sell",
        "We buy advertising for shops from fifty people upwards in three countries. We start with four weeks of "
        "tests and stop what does not pay.",
    ),
    Agency(
        "Volta Studio", "Glasgow", "Isla Drummond", "GB",
        "Beauty & Personal Care; Jewelry Accessories & Derivatives",
        "cap", "content_production creator_affiliate", "en",
        SMALL, "GBP", 400, 0, 6,
        "Short videos and the people to make them with",
        "Twelve films a month, shot in Glasgow in daylight, and a list of small creators who answer. Made for shops "
        "that are just beginning.",
    ),
    Agency(
        "Millrace Partners", "Birmingham", "Gurpreet Sandhu", "GB IE",
        "Food & Beverages; Health; Pet Supplies",
        "tsp", "full_service compliance logistics", "en",
        BROAD, "GBP", 900, 3000, 8,
        "Food, health and pets: the shops with rules",
        "Labels, claims, dates and cold chains are our daily work. We keep regulated shops open and growing.",
    ),
    Agency(
        "Bramble & Co", "Cardiff", "Carys Bevan", "GB",
        "Baby & Maternity; Kids' Fashion; Toys & Hobbies; Beauty & Personal Care",
        "tsp cap", "store_operations customer_service creator_affiliate", "en",
        MIDDLE, "GBP", 500, 0, 8,
        "Shops for families, by people who have some",
        "We answer parents within the hour, seven days a week, and find creators whose children really use the "
        "product.",
    ),
    Agency(
        "Emerald Row", "Dublin", "Niamh Kinsella", "IE GB",
        "Home Supplies; Beauty & Personal Care; Textiles & Soft Furnishings",
        "tsp", "store_operations ads training", "en",
        MIDDLE, "EUR", 700, 2500, 9,
        "From one island to the next without the paperwork",
        "We bring shops from Ireland to Great Britain and back: prices, customs, returns, and the first hundred "
        "reviews.",
    ),
    Agency(
        "Hafenkante", "Hamburg", "Jonas Petersen", "DE",
        "Tools & Hardware; Home Improvement; Automotive & Motorcycle",
        "tsp", "store_operations logistics ads", "de en",
        BROAD, "EUR", 1000, 8000, 8,
        "Tools sell when somebody shows how they work",
        "A workshop with three cameras beside the harbour. We show, explain and ship tools and parts all over "
        "Germany.",
    ),
    Agency(
        "Lichtblick Agentur", "Berlin", "Aylin Yıldız", "DE FR",
        "Womenswear & Underwear; Menswear & Underwear; Shoes",
        "mcn tap", "livestream creator_affiliate", "de fr en",
        MIDDLE, "EUR", 1500, 12000, 7,
        "Fashion, live, in two languages",
        "Forty hosts in Berlin and Strasbourg. We cast, fit and stream, and send you what did not sell with a "
        "reason why.",
    ),
    Agency(
        "Atelier Quai Neuf", "Lyon", "Camille Rousset", "FR IE",
        "Beauty & Personal Care; Fashion Accessories; Luggage & Bags",
        "cap tap", "content_production ads", "fr en",
        SMALL, "EUR", 600, 0, 6,
        "Small brands, well shown",
        "Three photographers, two editors and a good eye. We make the films and buy the first advertising for young "
        "brands.",
    ),
    Agency(
        "Studio Brise", "Paris", "Inès Belkacem", "FR IT ES",
        "Jewelry Accessories & Derivatives; Womenswear & Underwear; Modest Fashion",
        "mcn", "livestream full_service", "fr it es",
        BROAD, "EUR", 1800, 15000, 8,
        "Jewellery and dress from Paris to Palermo",
        "We sell live in French, Italian and Spanish, with one calendar and one stock.",
    ),
    Agency(
        "Bottega Digitale", "Milan", "Lorenzo Ferrante", "IT",
        "Furniture; Kitchenware; Home Supplies",
        "tsp", "store_operations customer_service", "it en",
        MIDDLE, "EUR", 700, 3000, 8,
        "Good things for the house, sold with patience",
        "Furniture takes questions. We answer them, in Italian, by message and by phone, until the parcel stands in "
        "the flat.",
    ),
    Agency(
        "Onda Viva", "Barcelona", "Marta Soler", "ES",
        "Sports & Outdoor; Beauty & Personal Care; Food & Beverages",
        "tsp cap", "livestream creator_affiliate ads", "es en",
        MIDDLE, "EUR", 650, 2000, 9,
        "Loud, sunny and measured to the cent",
        "We stream from the beach and do the accounts indoors. Sport, care and food for the Spanish market.",
    ),
    Agency(
        "Tramontana Live", "Valencia", "Álvaro Ibáñez", "ES IT",
        "Household Appliances; Phones & Electronics",
        "mcn", "livestream training", "es it",
        BROAD, "EUR", 1100, 9000, 6,
        "Appliances explained by people who repair them",
        "Our hosts come from the workshop. That is why our returns are half of what is usual.",
    ),
    Agency(
        "Copper Trail", "Austin", "Wade Hollister", "US",
        "Sports & Outdoor; Automotive & Motorcycle; Tools & Hardware",
        "tsp cap", "creator_affiliate ads", "en es",
        BROAD, "USD", 1200, 8000, 9,
        "Gear, tested where it is used",
        "Two hundred creators who hike, ride and fix things. We send them your product and only keep what they "
        "keep.",
    ),
    Agency(
        "Bright Harbor Commerce", "New York", "Leah Rosenthal", "US",
        "Beauty & Personal Care; Health; Womenswear & Underwear; Fashion Accessories",
        "tsp", "full_service", "en es zh-hans",
        LARGE, "USD", 4000, 80000, 12,
        "The whole shop, for brands that are growing fast",
        "Sixty people in Brooklyn run shops from the first listing to the monthly close. We begin where "
        "spreadsheets end.",
    ),
    Agency(
        "Redwood Relay", "Portland", "Jesse Takahashi", "US MX",
        "Sports & Outdoor; Luggage & Bags; Shoes",
        "tap", "creator_affiliate content_production", "en",
        MIDDLE, "USD", 900, 4000, 8,
        "Outdoor brands, carried a little further",
        "We look for the hundred people who will love your boots and lend them a pair.",
    ),
    Agency(
        "Second Spring", "Chicago", "Monique Baptiste", "US",
        "Pre-Owned; Collectibles; Luggage & Bags",
        "tsp", "store_operations compliance livestream", "en fr",
        MIDDLE, "USD", 800, 2000, 7,
        "Second hand, first rate",
        "We check, grade and sell pre-owned pieces live, with a certificate in every parcel.",
    ),
    Agency(
        "Nopal Digital", "Mexico City", "Ximena Barragán", "MX US",
        "Furniture; Home Supplies; Home Improvement",
        "tsp cap", "store_operations creator_affiliate ads", "es en",
        BROAD, "MXN", 15000, 60000, 9,
        "Homes on both sides of the border",
        "One team, two markets, one stock. We make home brands from Mexico at home in the United States, too.",
    ),
    Agency(
        "Casa Norte Media", "Monterrey", "Rodrigo Garza", "MX",
        "Household Appliances; Computers & Office Equipment; Kitchenware",
        "mcn", "livestream ads", "es",
        MIDDLE, "MXN", 12000, 40000, 7,
        "Kitchens and offices, live from Monterrey",
        "We cook, print, vacuum and sell, six evenings a week.",
    ),
    Agency(
        "Maré Alta", "São Paulo", "Beatriz Nogueira", "BR",
        "Beauty & Personal Care; Womenswear & Underwear; Shoes",
        "mcn cap", "livestream creator_affiliate", "pt-br",
        BROAD, "BRL", 4000, 20000, 10,
        "Beauty and fashion for all of Brazil",
        "Creators in nineteen states, and hosts who sound like home in each of them.",
    ),
    Agency(
        "Ipê Comércio", "Belo Horizonte", "Thiago Moreira", "BR",
        "Food & Beverages; Pet Supplies; Home Supplies",
        "tsp", "store_operations logistics customer_service", "pt-br en",
        MIDDLE, "BRL", 3000, 10000, 8,
        "Coffee, dogs and clean kitchens",
        "We keep everyday shops stocked, priced and answered.",
    ),
    Agency(
        "Hanabi Commerce", "Tokyo", "Haruka Minami", "JP",
        "Collectibles; Toys & Hobbies; Books, Magazines & Audio",
        "tsp", "store_operations content_production compliance", "ja en",
        MIDDLE, "JPY", 120_000, 300_000, 8,
        "Small things that people queue for",
        "Figures, paper, records: we know the collectors and the calendar of releases, and we pack as if it were "
        "our own.",
    ),
    Agency(
        "Kumo Works", "Osaka", "Takeshi Aoyama", "JP",
        "Beauty & Personal Care; Phones & Electronics; Household Appliances; Toys & Hobbies",
        "cap mcn", "livestream creator_affiliate", "ja",
        BROAD, "JPY", 200_000, 800_000, 7,
        "Live selling with Osaka manners",
        "Quick, friendly and never pushy. Our hosts sell more because nobody feels sold to.",
    ),
    Agency(
        "Nusa Kreatif", "Jakarta", "Dewi Kartika", "ID",
        "Food & Beverages; Home Supplies; Beauty & Personal Care",
        "tsp cap", "store_operations livestream creator_affiliate", "id en",
        BROAD, "IDR", 9_000_000, 30_000_000, 10,
        "From the first listing to the thousandth parcel",
        "Thirty hosts, three studios and our own packing floor in Jakarta.",
    ),
    Agency(
        "Bandung Lab", "Bandung", "Rangga Pratama", "ID",
        "Modest Fashion; Womenswear & Underwear; Shoes; Food & Beverages",
        "tap", "content_production ads", "id",
        SMALL, "IDR", 5_000_000, 0, 8,
        "Young brands, big ideas, small budgets",
        "Students of film and design make your first fifty videos, led by people who have done it before.",
    ),
    Agency(
        "Segara Live", "Surabaya", "Putri Anggraini", "ID MY",
        "Modest Fashion; Baby & Maternity; Food & Beverages",
        "mcn", "livestream training", "id ms",
        MIDDLE, "IDR", 12_000_000, 50_000_000, 7,
        "Live in Indonesian and Malay",
        "We sell to families in two countries and train your own hosts until you do not need us.",
    ),
    Agency(
        "Teratai Media", "Kuala Lumpur", "Aisyah Rahman", "MY SG",
        "Beauty & Personal Care; Modest Fashion; Health",
        "tsp cap", "ads creator_affiliate", "ms en zh-hans",
        BROAD, "MYR", 3500, 15000, 8,
        "Halal beauty, honestly sold",
        "We know the rules, the holidays and the people. Care and fashion for Malaysia and Singapore.",
    ),
    Agency(
        "Merlion Commerce", "Singapore", "Kelvin Tan", "SG MY",
        "Phones & Electronics; Computers & Office Equipment; Virtual Products; Bookings & Vouchers",
        "tsp tap", "store_operations ads compliance", "en zh-hans ms",
        LARGE, "SGD", 3000, 40000, 9,
        "Devices and everything that cannot be shipped",
        "Electronics, vouchers and digital goods need more care than parcels. That is the care we sell.",
    ),
    Agency(
        "Orchard Live", "Singapore", "Priya Raghavan", "SG",
        "Beauty & Personal Care; Jewelry Accessories & Derivatives; Luggage & Bags",
        "mcn", "livestream", "en zh-hans",
        MIDDLE, "SGD", 1800, 10000, 6,
        "An evening out, at home",
        "We turn a livestream into the best seat of the house.",
    ),
    Agency(
        "Bayani Digital", "Manila", "Jose Miguel Santos", "PH",
        "Beauty & Personal Care; Kids' Fashion; Home Supplies; Food & Beverages",
        "tsp cap", "store_operations creator_affiliate customer_service", "fil en",
        BROAD, "PHP", 40000, 150_000, 10,
        "Neighbourly selling, island by island",
        "Creators from Luzon to Mindanao, and a support desk that never sleeps during a sale.",
    ),
    Agency(
        "Tala Creators", "Cebu", "Bea Villanueva", "PH SG",
        "Womenswear & Underwear; Fashion Accessories; Shoes",
        "cap", "creator_affiliate content_production", "fil en",
        SMALL, "PHP", 25000, 0, 7,
        "Three hundred creators and one good spreadsheet",
        "We match shops with creators by what they wear, not by how many follow them.",
    ),
    Agency(
        "Chang Noi Agency", "Bangkok", "Siriporn Chaiyasit", "TH",
        "Beauty & Personal Care; Health; Food & Beverages",
        "tsp mcn", "livestream full_service", "th en",
        BROAD, "THB", 35000, 120_000, 9,
        "Small elephant, long memory",
        "We remember what your customers asked last month, and have the answer on stream this month.",
    ),
    Agency(
        "Ping River Studio", "Chiang Mai", "Nattapong Suwan", "TH VN",
        "Textiles & Soft Furnishings; Home Supplies; Collectibles",
        "cap", "content_production training", "th en",
        SMALL, "THB", 20000, 0, 6,
        "Crafts with the story left in",
        "We film makers at work and teach them to sell.",
    ),
    Agency(
        "Sao Mai Media", "Ho Chi Minh City", "Nguyễn Thu Hà", "VN",
        "Womenswear & Underwear; Beauty & Personal Care; Baby & Maternity",
        "tsp mcn", "livestream store_operations", "vi en",
        BROAD, "VND", 15_000_000, 60_000_000, 9,
        "Morning star, evening stream",
        "Two studios, twenty hosts and a warehouse in District 7.",
    ),
    Agency(
        "Hoan Kiem Digital", "Hanoi", "Trần Minh Đức", "VN",
        "Household Appliances; Phones & Electronics; Books, Magazines & Audio",
        "tap", "ads creator_affiliate", "vi",
        MIDDLE, "VND", 12_000_000, 30_000_000, 7,
        "Advertising that counts parcels, not views",
        "We are paid for what is delivered and kept.",
        approved=False,
    ),
    Agency(
        "Longbridge Vouchers", "London", "Hannah Whitlock", "GB US SG",
        "Bookings & Vouchers; Virtual Products",
        "tsp", "store_operations compliance", "en",
        ANY, "GBP", 1500, 0, 5,
        "Bookings and vouchers, without the fine print",
        "We have sold experiences for six years and would like to do it here.",
        approved=False,
    ),
    Agency(
        "Alpenglut Studio", "Munich", "Veronika Huber", "DE",
        "Luggage & Bags; Sports & Outdoor; Bookings & Vouchers",
        "cap", "content_production livestream", "de en",
        SMALL, "EUR", 500, 0, 5,
        "Mountains, filmed by people who climb them",
        "A new studio with three founders, one van and a lot of rope.",
        approved=False,
    ),
    Agency(
        "Silk Lane Partners", "London", "Marcus Oyelaran", "GB FR",
        "Beauty & Personal Care; Menswear & Underwear",
        "tsp", "store_operations ads", "en fr",
        BROAD, "GBP", 700, 1000, 8,
        "Fashion and care with a fast start",
        "Live within a week.",
    ),
]  # fmt: skip
