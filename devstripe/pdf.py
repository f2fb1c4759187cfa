"""A page of plain text as a PDF: enough for an invoice one can open, nothing more."""

LEFT, TOP, LEADING, SIZE = 72, 770, 18, 11
MOST_LINES = 38


def page(lines: list[str]) -> bytes:
    """One A4 page with the lines, the first one large. Letters beyond Latin-1 become question marks."""
    drawn = [f"BT /F1 {SIZE + 7} Tf {LEFT} {TOP} Td ({escaped(lines[0])}) Tj ET"]
    for place, line in enumerate(lines[1:MOST_LINES], 2):
        drawn.append(f"BT /F1 {SIZE} Tf {LEFT} {TOP - place * LEADING} Td ({escaped(line)}) Tj ET")
    content = "\n".join(drawn).encode("latin-1", "replace")
    return document([
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ])  # fmt: skip


def escaped(text: str) -> str:
    """Text inside a PDF string."""
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def document(objects: list[bytes]) -> bytes:
    """Number the objects and write the table of where they are."""
    made, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(made))
    return made + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + tail
