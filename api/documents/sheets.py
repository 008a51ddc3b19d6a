"""What all sheets of a workbook share: styles, texts kept texts, and printing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

CellValue = str | int | float | None

_THIN = Side(style="thin", color="9AA5B1")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_LINE = Border(bottom=Side(style="thin", color="52606D"))
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def add_styles(book: Workbook) -> None:
    """Give a workbook the styles by which its cells are named."""
    wrapped = Alignment(vertical="center", wrap_text=True)
    styles = (
        NamedStyle("title", font=Font(bold=True, size=16, color="102A43")),
        NamedStyle("heading", font=Font(bold=True, size=11, color="102A43")),
        NamedStyle("note", font=Font(size=9, color="627D98")),
        NamedStyle(
            "header",
            font=Font(bold=True, size=10, color="FFFFFF"),
            fill=PatternFill("solid", fgColor="243B53"),
            border=_BOX,
            alignment=Alignment(horizontal="center", vertical="center", wrap_text=True),
        ),
        NamedStyle("key", font=Font(size=8, color="9AA5B1", italic=True), border=_BOX),
        NamedStyle("text", font=Font(size=10), border=_BOX, alignment=wrapped),
        NamedStyle("link", font=Font(size=10, color="0B69A3", underline="single"), border=_BOX),
        NamedStyle("whole", font=Font(size=10), border=_BOX, number_format="#,##0"),
        NamedStyle("tenth", font=Font(size=10), border=_BOX, number_format="#,##0.0"),
        NamedStyle("hundredth", font=Font(size=10), border=_BOX, number_format="#,##0.00"),
        NamedStyle("share", font=Font(size=10), border=_BOX, number_format="0%"),
        NamedStyle("total", font=Font(size=10, bold=True), border=_BOX, number_format="#,##0.0"),
        NamedStyle(
            "blank", font=Font(size=10), border=_BOX, fill=PatternFill("solid", fgColor="FFFBEA")
        ),
        NamedStyle("label", font=Font(size=9, color="52606D")),
        NamedStyle("value", font=Font(size=10, bold=True)),
        NamedStyle("line", font=Font(size=10), border=_LINE),
    )
    for style in styles:
        book.add_named_style(style)


def put(sheet: Worksheet, row: int, column: int, value: CellValue, style: str) -> Cell:
    """Write a value into a cell. A text stays a text, also where it begins like a formula."""
    cell = sheet.cell(row=row, column=column)
    if not isinstance(cell, Cell):
        msg = f"Row {row}, column {column} lies inside a merged cell."
        raise TypeError(msg)
    if isinstance(value, str):
        cell.value = _UNPRINTABLE.sub("", value)
        cell.data_type = "s"
    elif value is not None:
        cell.value = value
    cell.style = style
    return cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    zh, en
        Its heading.
    key
        Its name for machines, in the row under the heading.
    style
        Of its cells.
    width
        In characters.
    """

    zh: str
    en: str
    key: str
    style: str
    width: int


def table_head(sheet: Worksheet, row: int, columns: Sequence[Column]) -> None:
    """Write headings and keys of a table, and the widths of its columns."""
    for number, column in enumerate(columns, start=1):
        put(sheet, row, number, f"{column.zh}\n{column.en}", "header")
        put(sheet, row + 1, number, column.key, "key")
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.row_dimensions[row].height = 32


def table_row(
    sheet: Worksheet, row: int, columns: Sequence[Column], values: Sequence[CellValue]
) -> None:
    """Write a row of a table."""
    for number, (column, value) in enumerate(zip(columns, values, strict=True), start=1):
        put(sheet, row, number, value, column.style)


def print_wide(sheet: Worksheet, head_row: int | None = None) -> None:
    """Print a sheet on A4 across, as wide as the page, its heading on every page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    if sheet.sheet_properties.pageSetUpPr is not None:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.5
    footer = sheet.oddFooter
    if footer is not None and footer.center is not None:
        footer.center.text = "&A  &P / &N"
    if head_row is not None:
        sheet.print_title_rows = f"{head_row}:{head_row}"
