"""What the modelled reserve network rests on: its sources, and its rules in full sentences."""

from relief.places import Tier
from scenarios import agreement_rules as agreements
from scenarios import reserve_rules as rules
from scenarios import truck_rules as trucks

SOURCES: dict[str, str] = {
    "wuhan-2023": (
        "Chutian Metropolis Daily / Jimu News, 23-25 June 2023 (tbv.cn "
        "other/fangtan/2023/0625/116846): the Wuhan depot in Dongxihu, over 30,000 m2 of ground, "
        "280,000 central and provincial items worth 97 million yuan; received in the first half "
        "of 2023: central 10,000 table sets, 30,000 cold-weather coats, 10,000 mattress pads; "
        "provincial 55,000 items; plan 12183: the farthest place within 8 hours"
    ),
    "wuhan-2024": (
        "Jimu News, 24 June 2024 (otuountil.com post/48/187097): 2,000 single tents of 12 m2 sent "
        "from the Wuhan depot to Hebei on 18 June 2024"
    ),
    "lushan-2013": (
        "Wuhan, 20 April 2013 (rankmeister.com dfgz/21712): order 12:00, a train with 10,000 "
        "tents of 12 m2 left at 23:50; quality B"
    ),
    "regions-2024": (
        "Jimu News, 19 December 2024 (otuountil.com wap/post/48/202627): on 18 December 2024 "
        "190,000 provincial items (six kinds, about 17 million yuan) left the Wuhan store and the "
        "seven provincial regional stores Shiyan, Xiangyang, Yichang, Jingzhou, Huanggang, "
        "Xianning and Enshi"
    ),
    "regions-2021": (
        "China News Hubei, 24 November 2021 (hb.chinanews.com.cn news/2021/1124/366934): 150,000 "
        "provincial items (about 12 million yuan) from the Wuhan depot and the stores of Yichang, "
        "Xianning, Enshi, Shiyan, Jingzhou and Xiangyang"
    ),
    "yichang-2020": (
        "Yichang grain group, 11 August 2020 (yclsjt.cn news/67): the southwest Hubei emergency "
        "supplies centre at Yichang, 41,500 m2 of buildings planned, ready in February 2022"
    ),
    "huangshi-2020": (
        "Huangshi emergency supplies centre, in use from 31 December 2020 "
        "(scholarmate.com S/Hj7yBd)"
    ),
    "jingmen-2019": (
        "Jingmen relief depot, 2,933 m2, under construction in July 2019 "
        "(m.manningmall.com index.php?c=show&id=3367)"
    ),
    "jingzhou-2012": (
        "Jingzhou relief store, 2,953 m2 of buildings, under construction in August 2012 "
        "(news.cnhubei.com xw/hb/jz/201208/t2174389)"
    ),
    "shiyan-city": (
        "Shiyan broadcasting (pop.syiptv.com article/show/156602): the city's emergency supplies "
        "centre sent 6,000 quilts, 6,000 summer quilts, 6,000 folding beds and 200 tents, worth "
        "over 3 million yuan, to its counties ahead of rain"
    ),
    "anlu": (
        "Hubei Daily (news.hubeidaily.net mobile/c_4481100): Anlu emergency supplies store, "
        "36,140.74 m2 of buildings, started"
    ),
    "yushu-2010": (
        "Xinhua, 15 April 2010, on the Yushu earthquake: central relief depots that sent goods"
    ),
    "central-notice": (
        "Notice of nine ministries as reported by Sina: central depots set up in 19 places, "
        "Beijing, Tianjin and Shenyang among them"
    ),
    "standard-121": (
        "Construction standard 建标121-2009 for relief stores, as quoted in an order of nine "
        "Hunan departments: province 120,000-200,000 people moved; city 40,000-60,000 people, "
        "2,900-4,100 m2; county 5,000-7,000 people, 630-800 m2 (areas of province and centre: "
        "general knowledge, unchecked)"
    ),
    "dispatches": (
        "Hubei civil affairs and emergency reports: sent for people moved in September 2014 475 "
        "tents, 13,000 textiles, 1,200 beds for 17,800; October 2017 200, 7,000, 400 for 29,000; "
        "plum rains of 2020 2,100, 59,800, 8,900 and 600 life vests for 457,800; by 6 July 2016 "
        "1,170 tents, 900 beds, 100 lamps, 19,500 textiles"
    ),
    "sphere": "Sphere handbook: 2.5-3 L of water a day to survive; at most 20 people to a toilet",
    "bnpb": (
        "BNPB Perka 7/2008 as kept in InaSAFE: rice 2.8 kg a person and week, a family kit for "
        "every 5 people"
    ),
    "eic": (
        "IFRC/ICRC Emergency Items Catalogue as kept in sahana/eden "
        "(modules/templates/IFRC/supply_item_eic.csv and supply_item_ifrc_standard.csv, 2015); "
        "quality A"
    ),
    "iom": (
        "IOM emergency manual, node 11316, 10 March 2023: foldable jerrycan keeps 10 years; "
        "quality A"
    ),
    "redcross-shanghai": (
        "Red Cross Shanghai, standing relief goods, 2021 edition (redcross-sha.org.cn 547); "
        "quality A"
    ),
    "redcross-2012": (
        "Red Cross Society of China, 16 July 2012: 1,500 family kits worth 450,000 yuan sent to "
        "Hubei (news.cnhubei.com xw/zw/201207/t2150562); quality B"
    ),
    "yunnan-2012": (
        "China National Radio on the Yunnan depot, 16 September 2012 (xmdai.com 335278): 220 "
        "soldiers loaded 750 cotton tents, 150 t, on 30 trucks in 3 hours; quality B"
    ),
    "zhengzhou-2013": (
        "Zhengzhou, 23-24 July 2013 (badao918.com t20130726_539416): 50 porters put 7,000 cotton "
        "tents on a train in 22.5 hours; quality B"
    ),
    "chongqing-2021": (
        "Chongqing, 16 September 2021 (chongqing.baogaosu.com 97613040): order 12:24, first truck "
        "out 15:30; quality B"
    ),
    "life-vests": "Two makers on foam life vests: 10 years in store (dingtianshun.com); quality C",
    "toilet-cabin": "Plastic toilet cabin of about 0.9 x 0.9 x 2.1 m; quality C",
    "truck-loads": (
        "Loads and boxes by length in the seed data of four public freight programs; quality C"
    ),
}


def _floors(tier: Tier) -> str:
    """Return the floors of a tier as words."""
    pieces = rules.LEAST_PIECES[tier]
    return (
        f"{pieces['life-vest']} life vests, {pieces['lamp']} lamps, "
        f"{pieces['generator']} generators, {pieces['tarpaulin']} tarpaulins"
    )


RULES: dict[str, str] = {
    "point-at-seat": (
        "No public page gives the coordinates of any of these stores: the depot is placed at the "
        "seat of its county-level unit, a prefecture-level depot at the seat of the unit in which "
        "the prefecture's government sits, others' depots at the point of their city"
    ),
    "one-per-unit": (
        "One relief store per county-level and per prefecture-level unit and neighbouring "
        "provincial capital is assumed; the four province-run units have one of each level"
    ),
    "general-knowledge": (
        "Named as a central depot city in general lists of the 2010s; no page was found"
    ),
    "county-people": (
        "A county store serves 5,000 to 7,000 people (source:standard-121), linear in the "
        "population from the smallest to the largest county-level unit; floor area likewise"
    ),
    "city-people": (
        "A prefecture-level store serves 40,000 to 60,000 people (source:standard-121), linear in "
        "the population from the smallest to the largest prefecture; in a province-run unit "
        "40,000, less in proportion where it has fewer people than the smallest prefecture; floor "
        "area likewise"
    ),
    "region-people": (
        f"The seven regional stores together hold the textiles that the Wuhan depot's provincial "
        f"part lacks of the {rules.WINTER_ISSUE_TEXTILES:,} sent out in December 2024 "
        f"(source:regions-2024), which is a stock for {rules.REGIONAL_PEOPLE:,} people at the "
        "depot mix; it is split over the stores by the population of their regions"
    ),
    "depot-mix": (
        "Pieces for the people served, by the middle one of Hubei's three dispatches "
        f"(source:dispatches): a tent for {float(1 / rules.TENTS_PER_PERSON):.0f} people, a "
        f"textile for {float(1 / rules.TEXTILES_PER_PERSON):.1f}, a bed for "
        f"{float(1 / rules.BEDS_PER_PERSON):.0f}; tents 75 % single, 20 % cotton, 5 % of 36 m2; "
        "textiles 45 % quilts, 25 % coats, 20 % blankets, 10 % sleeping bags; a mat to a bed; "
        "life vests as in 2020, lamps to tents as in 2016; family kits one per 5 people "
        "(source:bnpb) with 4 people to a tent; a toilet for 20 people in beds (source:sphere); a "
        "medicine kit per 1,000; two tarpaulins and two jerrycans to a tent, a generator to 50 "
        "tents, and above county level a kitchen set and a hygiene parcel to two tents; not less "
        f"than {_floors(Tier.COUNTY)} in a county store and {_floors(Tier.CITY)} in a larger one "
        "of Hubei (ours); rounded to whole packs, at least one"
    ),
    "supplier-food": (
        "Food and water are government-owned and kept by suppliers near county and "
        f"prefecture-level stores: {rules.DAYS_OF_SUPPLY} day for the people served, at 3 L of "
        "water (source:sphere), three meals and 0.4 kg of rice (source:bnpb) a day"
    ),
    "wuhan-mix": (
        "The mix of the published 280,000 items of the Wuhan depot is ours: it contains the "
        "published receipts of 2023, keeps more than the 10,000 single tents that left by rail "
        "(source:lushan-2013), and comes within 5 % of the published 97 million yuan at our "
        "planning prices"
    ),
    "neighbour-stock": (
        "A neighbouring province's store is taken at the middle of the provincial class, 160,000 "
        "people, with the same mix of tents, textiles and beds; "
        f"{rules.LENT_PERCENT[Tier.NEIGHBOUR]} % of it is lent, the rest is committed at "
        "home"
    ),
    "central-stock": (
        "A central store is taken at the lower bound of the small central class, 360,000 people "
        "(general knowledge), with the same mix of tents, textiles and beds; "
        f"{rules.LENT_PERCENT[Tier.CENTRE]} % of it can be sent to Hubei, the rest is "
        "committed elsewhere"
    ),
    "remaining-life": (
        "Remaining life is months left when the plan starts: spread evenly over the shelf life by "
        "the CRC-32 of the lot's code, for goods at suppliers over its second half because they "
        "rotate them; the published receipts of 2023 have been 18 months in store"
    ),
    "agreements": (
        "Ours, no real contract is meant: a supplier near each prefecture-level store has agreed "
        "to deliver food and water for 1 more day, a maker near each regional store a quarter of "
        f"its {', '.join(agreements.MADE_GOODS)}; "
        f"{agreements.NOTICE_HOURS} + {agreements.LEAD_HOURS} hours after the call a quarter is "
        f"ready at the store, another every {agreements.BATCH_HOURS} hours; a tenth must be called "
        "at least; a piece costs 10 % more than its planning price. The kind of contract (fixed "
        "quantity, price and lead time) is the usual one in China (DOI 10.1111/poms.13032)"
    ),
    "spot": (
        "Ours, no real seller is meant: what markets near each prefecture-level store sell within "
        f"{agreements.SPOT_LEAD_HOURS} hours, half a day's food and water of the people served, "
        "40 % dearer than its planning price"
    ),
    "item-memory": "General knowledge, unchecked: replace it with supplier data",
    "prices": (
        "Planning prices of ours; together they put the Wuhan depot's stock within 5 % of its "
        "published value"
    ),
    "kits": "Sets of ours after the practice of four people to a 12 m2 tent, five to a family",
    "substitutes": "Ratios and worth of ours",
    "truck-bodies": (
        "Ours, after common trucks of each length: two axles up to 7.6 m, four at 9.6 m, "
        "semitrailers of six axles from 13 m up, on kingpin and trailer axles. Totals of 18, 31 "
        "and 49 t by the over-limit rule and GB 1589-2016 (published), under 4.5 t for 4.2 m; the "
        "axle limits of 7 t for a steered axle, 11.5 t for a driven one, 18 t for two and 24 t for "
        "three are those of GB 1589-2016 as we remember them, unchecked, as is the fifth of the "
        "mass that must rest on steered axles (GB 7258). The 17.5 m flatbed is loaded as the "
        "others are: loads wider or longer than the box are no part of this"
    ),
    "hubs": (
        "Ours: every depot in Hubei has a yard and hands to take goods over from one vehicle for "
        "another; from the end of unloading 60 minutes until they are counted, sorted and staged, "
        "90 at county depots, which have fewer hands. Plans use hubs only where some trucks cannot "
        "reach a place"
    ),
    "apart": (
        "Ours, after the practice of keeping dangerous goods from food and medicine, and fuel from "
        "what feeds a fire (chlorine-based bleach); JT/T 617.6 was not read: have it checked"
    ),
    "truck-classes": (
        "Payload is the middle of the loads seen, volume the inner box (source:truck-loads); "
        "costs are ours. A cooled box takes a quarter of the payload and a seventh of the volume "
        "from a 4.2 m truck (ours)"
    ),
    "truck-handling": (
        f"Loading: {trucks.LOAD_OVERHEAD_MINUTES} minutes for parking and papers, then "
        f"{float(trucks.LOADED_T_PER_PERSON_H)} t per person and hour, between what was seen in "
        "source:yunnan-2012 and source:zhengzhou-2013, with 8 loaders for a 4.2 m truck, 16 for "
        "6.8 and 7.6 m, 24 for 9.6 m, 30 for longer ones; unloading: 15 minutes, then twice as "
        "fast; in steps of 5 minutes"
    ),
    "fleet": (
        "Trucks per depot are ours: county 2 of 4.2 m and 1 of 6.8 m; prefecture 3 of 6.8 m, 2 of "
        "7.6 m and of a carrier 3 of 9.6 m, 1 of 13 m; regional store 4 of 9.6 m, 3 of 13 m; "
        "Wuhan 6 of 7.6 m, 12 of 9.6 m, 12 of 13 m, 4 of 17.5 m; neighbours and centre 4 of 13 m, "
        "2 of 17.5 m each; two drivers from 13 m up; ready 1 to 2 hours after the order, others' "
        "trucks after 4, in the light of source:chongqing-2021; carriers are modelled, no real "
        "firm is meant"
    ),
    "carrier-classes": (
        "Helicopters carry 4,000 kg (published for the Mi-171) over 570 km (published for the "
        "Mi-8T), of which a tenth is kept as reserve; all other figures of helicopters, boats and "
        "porters are ours: see geodata/data/modes.toml"
    ),
    "carriers": (
        "Ours, no real unit is meant: Wuhan 2 helicopters, each regional store 1; within 5 km of a "
        "named water 6 assault boats at a prefecture's depot, 4 at a county's; 5 teams of 20 "
        "porters at each county depot. Plans use them only for places that no truck reaches in time"
    ),
}
