"""Hypothesis strategies for every typed message."""

from datetime import date, time
from decimal import Decimal

from hypothesis import strategies as st

from relief.beidou import (
    bds3,
    positions,
    rdss_ascii,
    rdss_binary,
    rdss_binary_positions,
    rdss_positions,
)
from relief.beidou.messages import Message
from relief.beidou.text_modes import TextMode, chinese, code, mixed, write_field

ascii_cards = st.integers(0, 99_999_999).map(lambda number: f"{number:07d}")
binary_cards = st.integers(0, 0xFF_FFFF).map(lambda number: f"{number:07d}")
u8, u16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)
small, counts = st.integers(0, 99), st.integers(0, 99_999_999)
hour_minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
seconds = st.builds(time, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
hundredths = st.builds(
    lambda whole, part: whole.replace(microsecond=part * 10_000), seconds, st.integers(0, 99)
)
amounts = st.decimals(-99_999, 99_999, places=3)
periods_s = st.none() | st.integers(0, 65_535)
powers = st.lists(st.none() | st.integers(0, 9), max_size=12).map(tuple)
commands = st.sampled_from(["TXA", "DWA", "TCQ"])
modes = st.sampled_from(TextMode)
codings = st.integers(1, 5)
maybe_clock, maybe_amount = st.none() | hundredths, st.none() | amounts
maybe_flag = st.none() | st.booleans()
statuses = st.none() | st.sampled_from(positions.FixStatus)
words = st.text("ABCDMNV0123", max_size=3)
texts = st.one_of(
    st.text(st.characters(codec="gbk"), max_size=40).map(chinese),
    st.text("0123456789ABCDEF", max_size=40).map(code),
    st.binary(max_size=40).map(mixed),
).map(write_field)


def arcs(degrees: int) -> st.SearchStrategy[Decimal | None]:
    """Return angles in degrees and minutes run together, or no fix."""
    minutes = st.decimals(0, Decimal("59.99999"), places=5)
    return st.none() | st.builds(lambda d, m: d * 100 + m, st.integers(0, degrees - 1), minutes)


latitudes, longitudes = arcs(90), arcs(180)
cells = st.text("0123456789.", max_size=4)


@st.composite
def bds3_powers(draw: st.DrawFn) -> bds3.BeamPowers:
    """Return beam powers whose values fit their beams."""
    old, new, width = draw(st.integers(0, 4)), draw(st.integers(0, 4)), draw(st.integers(3, 4))
    first = draw(st.lists(cells, min_size=3 * old, max_size=3 * old))
    last = draw(st.lists(cells, min_size=width * new, max_size=width * new))
    return bds3.BeamPowers(
        told_at=draw(maybe_clock), num_bds2_beams=old, values=(*first, f"{new:02d}", *last)
    )


@st.composite
def receipts(draw: st.DrawFn) -> rdss_ascii.Receipts:
    """Return receipts as many as they say."""
    times = draw(st.lists(st.tuples(hour_minutes, hour_minutes), max_size=5))
    return rdss_ascii.Receipts(
        card=draw(ascii_cards),
        num_receipts=len(times),
        times=tuple(each for pair in times for each in pair),
    )


@st.composite
def satellites(draw: st.DrawFn) -> bds3.CarrierToNoise:
    """Return satellites as many as they say."""
    pairs = draw(st.lists(st.tuples(small, small), max_size=12))
    return bds3.CarrierToNoise(
        signal="B3I",
        num_satellites=len(pairs),
        pairs=tuple(each for pair in pairs for each in pair),
    )


ASCII = {
    "ICA": st.builds(
        rdss_ascii.CardQuery, of_subordinates=st.booleans(), frame_no=st.integers(0, 999)
    ),
    "CCICI": st.builds(
        rdss_ascii.CardQueryByIci, of_subordinates=st.booleans(), frame_no=st.integers(0, 999)
    ),
    "ICI": st.builds(
        rdss_ascii.CardInformation,
        card=ascii_cards,
        serial=st.text("0123456789", min_size=1, max_size=10),
        broadcast_card=ascii_cards,
        user_type=st.integers(0, 9),
        service_period_s=u16,
        level=st.integers(0, 9),
        encrypted=st.booleans(),
        num_subordinates=st.integers(0, 99_999),
    ),
    "TXA": st.builds(
        rdss_ascii.SendText,
        destination=ascii_cards,
        express=st.booleans(),
        mode=modes,
        text=texts,
    ),
    "TXR": st.builds(
        rdss_ascii.ReceivedText,
        receipt=st.sampled_from(rdss_ascii.Receipt),
        sender=ascii_cards,
        mode=modes,
        sent_at=st.none() | hour_minutes,
        text=texts,
    ),
    "FKI": st.builds(
        rdss_ascii.Feedback,
        command=commands,
        executed=st.booleans(),
        period_kept=st.booleans(),
        suppression=st.sampled_from(rdss_ascii.Suppression),
        wait=st.text("0123456789", min_size=1, max_size=4),
    ),
    "CXA": st.builds(
        rdss_ascii.TextQuery,
        of_texts=st.booleans(),
        method=st.sampled_from(rdss_ascii.QueryMethod),
        card=st.none() | ascii_cards,
    ),
    "HZR": receipts(),
    "BSI": st.builds(
        rdss_ascii.BeamPowers, response_beam=small, time_difference_beam=small, powers=powers
    ),
    "BSS": st.builds(
        rdss_ascii.BeamChoice,
        response_beam=st.none() | small,
        time_difference_beam=st.none() | small,
    ),
    "RMO": st.builds(
        rdss_ascii.OutputSwitch,
        sentence=st.sampled_from(["", "GGA", "BSI"]),
        switch=st.sampled_from(rdss_ascii.Switch),
        period_s=maybe_amount,
    ),
    "DWA": st.builds(
        rdss_positions.PositionRequest,
        card=ascii_cards,
        urgent=st.booleans(),
        height_mode=st.integers(0, 3),
        high_altitude=st.booleans(),
        height_m=maybe_amount,
        antenna_height_m=maybe_amount,
        pressure_pa=maybe_amount,
        temperature_c=maybe_amount,
        period_s=periods_s,
    ),
    "DWR": st.builds(
        rdss_positions.PositionAnswer,
        kind=st.integers(1, 3),
        card=ascii_cards,
        taken_at=maybe_clock,
        latitude=latitudes,
        north=maybe_flag,
        longitude=longitudes,
        east=maybe_flag,
        height_m=maybe_amount,
        height_unit=words,
        geoid_height_m=maybe_amount,
        geoid_height_unit=words,
        precision=st.none() | st.integers(0, 1),
        urgent=maybe_flag,
        ambiguous=maybe_flag,
        high_altitude=maybe_flag,
    ),
    "WAA": st.builds(
        rdss_positions.PositionReport,
        talker=st.sampled_from(["BD", "CC"]),
        sent=st.booleans(),
        period_s=periods_s,
        card=ascii_cards,
        taken_at=maybe_clock,
        latitude=latitudes,
        north=maybe_flag,
        longitude=longitudes,
        east=maybe_flag,
        height_m=maybe_amount,
        height_unit=words,
    ),
    "ICR": st.builds(bds3.CardQuery, of_subordinates=st.booleans(), frame_no=st.integers(0, 999)),
    "ICP": st.builds(
        bds3.CardInformation,
        card=ascii_cards,
        broadcast_card=ascii_cards,
        authorisation=small,
        user_flag=small,
        service_flag=small,
        secret=st.booleans(),
        device_type=small,
        rescue=st.booleans(),
        military=small,
        civil_or_military=small,
        allied=small,
        priority=small,
        service_capability=small,
        service_period_s=counts,
        level=small,
        global_flag=small,
        global_permission=small,
        global_period_s=counts,
        global_level=small,
        num_subordinates=counts,
        group_permission=counts,
        num_own_groups=counts,
        num_joined_groups=counts,
    ),
    "TCQ": st.builds(
        bds3.SendMessage,
        destination=ascii_cards,
        frequency_point=st.integers(0, 9),
        confirm_inbound=st.booleans(),
        coding=codings,
        text=texts,
        period_s=counts,
    ),
    "TCI": st.builds(
        bds3.ReceivedMessage,
        sender=ascii_cards,
        receiver=ascii_cards,
        frequency_point=st.integers(0, 9),
        sent_at=st.none() | seconds,
        coding=codings,
        period_s=counts,
        text=texts,
    ),
    "TCI without point": st.builds(
        bds3.ReceivedWithoutPoint,
        sender=ascii_cards,
        receiver=ascii_cards,
        sent_at=seconds,
        coding=codings,
        unexplained=counts,
        period_s=amounts,
        text=texts,
    ),
    "BDS-3 FKI": st.builds(
        bds3.Feedback,
        told_at=seconds,
        command=commands,
        executed=st.booleans(),
        reason=st.integers(0, 9),
        wait_s=counts,
    ),
    "PWI": bds3_powers(),
    "SNR": st.builds(
        bds3.SignalToNoise, ratios=st.lists(st.none() | small, min_size=1, max_size=21).map(tuple)
    ),
    "CNO": satellites(),
    "COV": st.builds(
        bds3.WeekTime, week=st.integers(0, 9_999), second_of_week_s=amounts, state=small
    ),
    "EPI": st.builds(
        bds3.PositionReport,
        card=ascii_cards,
        other_card=ascii_cards,
        kind=words,
        taken_at=maybe_clock,
        longitude=longitudes,
        east=maybe_flag,
        latitude=latitudes,
        north=maybe_flag,
        remainder=st.lists(words, max_size=6).map(tuple),
    ),
    "GGA": st.builds(
        positions.Fix,
        talker=st.sampled_from(["BD", "GB", "GN"]),
        taken_at=maybe_clock,
        latitude=latitudes,
        north=maybe_flag,
        longitude=longitudes,
        east=maybe_flag,
        quality=st.none() | st.integers(0, 9),
        num_satellites=st.none() | small,
        horizontal_dilution=maybe_amount,
        height_m=maybe_amount,
        height_unit=words,
        geoid_height_m=maybe_amount,
        geoid_height_unit=words,
        correction_age_s=maybe_amount,
        station=words,
        vertical_dilution=maybe_amount,
    ),
    "RMC": st.builds(
        positions.Movement,
        talker=st.sampled_from(["BD", "GB", "GN"]),
        taken_at=maybe_clock,
        status=statuses,
        latitude=latitudes,
        north=maybe_flag,
        longitude=longitudes,
        east=maybe_flag,
        speed_knots=maybe_amount,
        course_deg=maybe_amount,
        taken_on=st.none() | st.dates(date(1980, 1, 1), date(2079, 12, 31)),
        magnetic_variation_deg=maybe_amount,
        variation_east=maybe_flag,
        mode=st.none() | words,
    ),
    "GLL": st.builds(
        positions.PlainPosition,
        latitude=latitudes,
        north=maybe_flag,
        longitude=longitudes,
        east=maybe_flag,
        taken_at=maybe_clock,
        status=statuses,
        mode=st.none() | words,
    ),
    "ZDA": st.builds(
        positions.TimeAndDay,
        told_at=maybe_clock,
        day=st.none() | st.integers(1, 31),
        month=st.none() | st.integers(1, 12),
        year=st.none() | st.integers(1980, 2999),
        zone_h=st.none() | st.integers(-13, 13),
        zone_min=st.none() | st.integers(-59, 59),
    ),
}

payloads = st.binary(max_size=210)
receipt_times = st.builds(
    rdss_binary.ReceiptTimes,
    sent_hour=u8,
    sent_minute=u8,
    received_hour=u8,
    received_minute=u8,
)
angles = st.builds(
    rdss_binary_positions.Arc,
    degrees=st.integers(0, 89),
    minutes=st.integers(0, 59),
    seconds=st.integers(0, 59),
    tenths=st.integers(0, 9),
)
BINARY = {
    "ICJC": st.builds(rdss_binary.CardCheck, user=binary_cards, frame_no=u8),
    "ICXX": st.builds(
        rdss_binary.CardInformation,
        user=binary_cards,
        frame_no=st.just(0),
        broadcast_card=binary_cards,
        user_type=u8,
        service_period_s=u16,
        level=u8,
        encrypted=u8,
        num_subordinates=u16,
    ),
    "ICXX of subordinates": st.builds(
        rdss_binary.Subordinates,
        user=binary_cards,
        frame_no=st.integers(1, 255),
        cards=st.lists(binary_cards, max_size=40).map(tuple),
    ),
    "XTZJ": st.builds(rdss_binary.SelfCheckRequest, user=binary_cards, period_s=u16),
    "ZJXX": st.builds(
        rdss_binary.SelfCheck,
        user=binary_cards,
        card_state=u8,
        hardware_state=u8,
        battery_percent=u8,
        inbound_state=u8,
        powers=st.tuples(u8, u8, u8, u8, u8, u8),
    ),
    "GLJC": st.builds(rdss_binary.PowerCheck, user=binary_cards, period_s=u8),
    "GLZK": st.builds(
        rdss_binary.Powers, user=binary_cards, powers=st.tuples(u8, u8, u8, u8, u8, u8)
    ),
    "TXSQ": st.builds(
        lambda user, kind, destination, reply, text: rdss_binary.SendFrame(
            user=user,
            kind=kind,
            destination=destination,
            num_bits=8 * len(text),
            reply=reply,
            text=text,
        ),
        binary_cards,
        u8,
        binary_cards,
        u8,
        payloads,
    ),
    "TXXX": st.builds(
        lambda user, kind, sender, minute, text, flag: rdss_binary.ReceivedFrame(
            user=user,
            kind=kind,
            sender=sender,
            hour=minute // 60,
            minute=minute % 60,
            num_bits=8 * len(text),
            text=text,
            crc_flag=flag,
        ),
        binary_cards,
        u8,
        binary_cards,
        st.integers(0, 1439),
        payloads,
        u8,
    ),
    "TXHZ": st.builds(
        lambda user, receiver, times: rdss_binary.Receipts(
            user=user, receiver=receiver, num_receipts=len(times), receipts=tuple(times)
        ),
        binary_cards,
        binary_cards,
        st.lists(receipt_times, max_size=5),
    ),
    "FKXX": st.builds(
        rdss_binary.Feedback,
        user=binary_cards,
        outcome=u8,
        extra=st.binary(min_size=4, max_size=4),
    ),
    "DWSQ": st.builds(
        rdss_binary_positions.PositionRequest,
        user=binary_cards,
        kind=u8,
        height_m=u16,
        antenna_height_m=u16,
        weather=st.builds(
            rdss_binary_positions.Weather,
            pressure=st.integers(0, (1 << 20) - 1),
            temperature=st.integers(-2047, 2047),
        ),
        period_s=u16,
    ),
    "DWXX": st.builds(
        rdss_binary_positions.PositionAnswer,
        user=binary_cards,
        kind=u8,
        card=binary_cards,
        taken_at=st.builds(
            rdss_binary_positions.ClockTime,
            hour=u8,
            minute=u8,
            second=u8,
            hundredths=u8,
        ),
        longitude=angles,
        latitude=angles,
        height_m=st.integers(-16_383, 16_383),
        geoid_height_m=st.integers(-16_383, 16_383),
    ),
}

MESSAGES: dict[str, st.SearchStrategy[Message]] = {**ASCII, **BINARY}
"""A strategy for every message, under its name."""
