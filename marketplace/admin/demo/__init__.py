"""The demo marketplace: invented people, real verbs, real orders.

`flask demo load` plays the months in order with the clock set to them, through the same verbs the
pages call; nothing is written past them. Each step commits and is noted, so that a stopped load
goes on where it was. The orders are the purchases of a real shop (see `affiliate/data`).
"""

PASSWORD = "goodword-demo-2026"  # noqa: S105 - printed at start for whoever looks around
SIGN_INS = {
    "creator": "maya@demo.example",
    "brand": "june@demo.example",
    "affiliate": "theo@demo.example",
    "staff": "admin@demo.example",
}
