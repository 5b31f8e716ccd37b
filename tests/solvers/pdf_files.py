"""Small PDF files made by hand: texts at places, lines, a picture."""

import zlib
from collections.abc import Sequence

WIDTH, HEIGHT = 595, 842
ROW, COLUMN, LEFT, TOP = 18, 110, 60, 780
PICTURE = "q 400 0 0 500 60 200 cm /Im1 Do Q"


def text(x: float, y: float, words: str) -> str:
    safe = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 10 Tf {x} {y} Td ({safe}) Tj ET"


def ruled(rows: Sequence[Sequence[str | None]], top: float = TOP) -> str:
    """Return a table with lines around its cells; None is a cell that the one above reaches over."""
    parts: list[str] = []
    wide = max(map(len, rows))
    right, bottom = LEFT + wide * COLUMN, top - len(rows) * ROW
    for place, row in enumerate(rows):
        y = top - place * ROW
        for at, cell in enumerate(row):
            x = LEFT + at * COLUMN
            if cell is not None:
                parts += [f"{x} {y} m {x + COLUMN} {y} l S", text(x + 4, y - 13, cell)]
    parts += [f"{LEFT} {bottom} m {right} {bottom} l S"]
    parts += [f"{LEFT + at * COLUMN} {top} m {LEFT + at * COLUMN} {bottom} l S" for at in range(wide + 1)]
    return "\n".join(parts)


def aligned(rows: Sequence[Sequence[str]], top: float = TOP) -> str:
    """Return a table without any line."""
    cells = [
        (LEFT + at * COLUMN, top - place * ROW, cell) for place, row in enumerate(rows) for at, cell in enumerate(row)
    ]
    return "\n".join(text(*cell) for cell in cells)


def pdf(*pages: str, packed: bytes | None = None) -> bytes:
    """Return a PDF file with these contents of pages; `packed` takes the place of the first one's compressed bytes."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    picture = zlib.compress(b"\x80" * 100)
    objects.append(
        b"<< /Type /XObject /Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceGray /BitsPerComponent 8"
        b" /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(picture), picture)
    )
    kids: list[str] = []
    for place, content in enumerate(pages):
        stream = packed if packed is not None and place == 0 else zlib.compress(content.encode("latin-1"))
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {len(objects) + 2} 0 R"
            " /Resources << /Font << /F1 3 0 R >> /XObject << /Im1 4 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream))
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    written = b"%PDF-1.4\n"
    offsets: list[int] = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(written))
    return written + end + trailer
