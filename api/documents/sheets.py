"""What all sheets of a workbook share: styles, texts kept texts, and printing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.cell.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

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


class Page:
    """A sheet that is filled in any order and written row by row.

    Styling cells one by one is what makes large workbooks slow; here each style has one cell, which
    is filled and written again and again.

    Parameters
    ----------
    book
        A write-only workbook with the styles of `add_styles`.
    title
        Name of the sheet.
    """

    def __init__(self, book: Workbook, title: str) -> None:
        self.sheet: Any = book.create_sheet(title)
        self.title = title
        self._rows: dict[int, dict[int, tuple[CellValue, str, str]]] = {}
        self._cells: dict[str, Cell] = {}

    def put(self, row: int, column: int, value: CellValue, style: str, link: str = "") -> None:
        """Put a value into a cell.

        A text stays a text, also where it begins like a formula.

        Parameters
        ----------
        row, column
            Counted from 1.
        value
            What; None for an empty cell with its frame.
        style
            One of `add_styles`.
        link
            A place in this workbook to which the cell leads, for example ``'Sheet'!A1``.
        """
        self._rows.setdefault(row, {})[column] = (value, style, link)

    def write(self) -> None:
        """Write all rows. Nothing can be put into the sheet afterwards."""
        for row in range(1, max(self._rows, default=0) + 1):
            self.sheet.append(self._filled(row))
        self._rows.clear()

    def _filled(self, row: int) -> Iterator[Cell | None]:
        filled = self._rows.get(row, {})
        for column in range(1, max(filled, default=0) + 1):
            if column not in filled:
                yield None
                continue
            value, style, link = filled[column]
            cell = self._cell(style)
            cell.value = _UNPRINTABLE.sub("", value) if isinstance(value, str) else value
            if isinstance(value, str):
                cell.data_type = "s"
            cell.hyperlink = (
                Hyperlink(ref=f"{get_column_letter(column)}{row}", location=link) if link else None
            )
            yield cell

    def _cell(self, style: str) -> Cell:
        if style not in self._cells:
            cell = WriteOnlyCell(self.sheet)
            cell.style = style
            self._cells[style] = cell
        return self._cells[style]


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


def table_head(page: Page, row: int, columns: Sequence[Column]) -> None:
    """Put headings and keys of a table, and set the widths of its columns."""
    for number, column in enumerate(columns, start=1):
        page.put(row, number, f"{column.zh}\n{column.en}", "header")
        page.put(row + 1, number, column.key, "key")
        page.sheet.column_dimensions[get_column_letter(number)].width = column.width
    page.sheet.row_dimensions[row].height = 32


def table_row(
    page: Page,
    row: int,
    columns: Sequence[Column],
    values: Sequence[CellValue],
    links: Mapping[int, str] | None = None,
) -> None:
    """Put a row of a table; `links` lead from columns, counted from 1, to other places."""
    for number, (column, value) in enumerate(zip(columns, values, strict=True), start=1):
        page.put(row, number, value, column.style, (links or {}).get(number, ""))


def print_wide(page: Page, head_row: int | None = None) -> None:
    """Print a sheet on A4 across, as wide as the page, its heading on every page."""
    sheet = page.sheet
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.oddFooter.center.text = "&A  &P / &N"
    if head_row is not None:
        sheet.print_title_rows = f"{head_row}:{head_row}"
