"""A network folder of one page: two depots, two items, one kit, three lots, one truck class."""

from collections.abc import Mapping
from pathlib import Path

TINY: Mapping[str, str] = {
    "network.toml": """\
name_zh = "小网"
name_en = "tiny network"
datum = "CGCS2000"
as_of = 2026-07-01
notes = ["hand-made"]

[sources]
paper = "A newspaper, 1 July 2026"

[rules]
guess = "Our guess"
""",
    "items.csv": """\
code,name_zh,name_en,unit_zh,unit_en,mass_kg,volume_m3,pack_pieces,shelf_life_months,price_yuan,\
priority,confidence,evidence,source
tent,帐篷,tent,顶,tent,70,0.25,1,96,1600,life_saving,M,modelled,rule:guess
lamp,灯,lamp,盏,lamp,0.55,0.0016,10,,150.5,comfort,A,published,source:paper (page 2)
""",
    "kits.csv": """\
code,name_zh,name_en,item_code,pieces,evidence,source
camp,营,camp,tent,1,modelled,rule:guess
camp,营,camp,lamp,2,modelled,rule:guess
""",
    "substitutes.csv": """\
item_code,stands_for_code,pieces_per_piece,worth_share,evidence,source
lamp,tent,2.5,0.1,modelled,rule:guess
""",
    "depots.csv": """\
code,name_zh,name_en,tier,county_code,lon_deg,lat_deg,area_m2,evidence,source
420112-01,东西湖库,Dongxihu,province,420112,114.13142,30.62221,30000,published,source:paper
421123-01,罗田库,Luotian,county,421123,115.39365,30.78646,,modelled,rule:guess
""",
    "lots.csv": """\
code,depot_code,item_code,pieces,committed_pieces,owner,custody,life_months_left,expires_on,\
evidence,source
a,420112-01,tent,100,20,centre,depot,18,,published,source:paper; rule:guess
b,420112-01,lamp,30,,province,supplier,,,modelled,rule:guess
c,421123-01,tent,7,0,county,depot,,2027-01-31,modelled,counted by hand
""",
    "vehicle_classes.csv": """\
code,name_zh,name_en,payload_kg,volume_m3,speed_class,load_minutes,unload_minutes,\
cost_yuan_per_km,cost_yuan_per_trip,evidence,source
truck-4.2,轻卡,light truck,2000,14,light,50,30,3.5,150,modelled,rule:guess
""",
    "vehicles.csv": """\
base_code,class_code,num_vehicles,num_drivers,carrier_zh,carrier_en,ready_after_minutes,evidence,\
source
420112-01,truck-4.2,3,2,车队,fleet,90,modelled,rule:guess
""",
}


def write_folder(folder: Path, changes: Mapping[str, str] | None = None) -> Path:
    """Write the tiny folder with some files changed, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**TINY, **(changes or {})}.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder


def edited(name: str, old: str, new: str) -> dict[str, str]:
    """Return one file of the tiny folder with one passage replaced, which must occur once."""
    if TINY[name].count(old) != 1:
        msg = f"{old!r} occurs {TINY[name].count(old)} times in {name}"
        raise ValueError(msg)
    return {name: TINY[name].replace(old, new)}
