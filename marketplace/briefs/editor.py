"""Between the editor's form and a body: filling the form, reading it, adding and taking away rows.

Reading is forgiving: what is empty takes the house default, so that a half-written draft can be
kept and shown. Whether it may be published is asked elsewhere (`drafts`, `linter`).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, Field, SelectField, SelectMultipleField

from marketplace.accounts.fields import options
from marketplace.brands.models import Product
from marketplace.briefs import parts, programs, words
from marketplace.briefs.forms import BriefForm
from marketplace.briefs.models import Brief
from marketplace.money import Money
from marketplace.payments.paid_directly import direct

LISTS = ("must_haves", "key_messages", "avoid")
AUDIENCE_TICKS = ("tiers", "platforms", "niches", "languages")
AMOUNTS = {"gift": ("value",), "fee": ("amount",), "retainer": ("amount",), "royalty": ("per_unit",)}


def form_for(brief: Brief, products: list[Product]) -> BriefForm:
    """The form as sent, or filled from the brief's draft when nothing was sent."""
    body = brief.draft
    form = BriefForm(data=_typed(body, brief.private))
    _offer_programs(form, programs.choices(brief.brand_party_id, body["currency"]))
    names = {str(p.id): p.name for p in products}
    form.products.choices = options(names)
    form.gift.form.product_id.choices = options(names, first="–")
    return form


def _offer_programs(form: BriefForm, found: list[tuple[str, str]]) -> None:
    """The brand's programs and a new one; the only program there is stands chosen."""
    field = form.commission.form.program_id
    names = dict(found) | {programs.NEW: gettext("A new program with these terms")}
    field.choices = options(names, first=gettext("Choose one") if len(found) > 1 else None)
    if field.data not in names:
        field.data = None if len(found) > 1 else next(iter(names))
    if not found:
        field.description = gettext(
            "You have no affiliate program yet. Publishing this brief opens one that only its creators join; "
            "you find it under Programs."
        )


def body_of(form: BriefForm, before: dict[str, Any], products: list[Product]) -> dict[str, Any]:
    """The body a validated form describes; `before` supplies what the form does not ask."""
    currency = before["currency"]
    typed = ("title", "summary", "objective", "kpi", "category", "language", "disclosure", "freedom")
    body = {name: form[name].data or "" for name in typed}
    body |= {name: _lines(form[name].data) for name in LISTS}
    body |= {name: _iso(form[name].data) for name in ("apply_by", "posting_from", "posting_until")}
    body |= {
        "currency": currency,
        "parts": [_part(form, kind, products) for kind in parts.PARTS if form[kind].form.on.data],
        "deliverables": [_piece(row.data) for row in form.deliverables],
        "products": form.products.data or [],
        "hashtags": _hashtags(form.hashtags.data),
        "audience": {name: form[name].data or [] for name in AUDIENCE_TICKS}
        | {
            "countries": form.countries.data or [],
            "followers_min": form.followers_min.data or 0,
            "city": form.city.data or "",
        },
        "head_count": form.head_count.data or 1,
        "rounds": int(form.rounds.data) if form.rounds.data else None,
        "clocks": {step: form.clocks.form[step].data or days for step, days in parts.DEFAULT_CLOCKS.items()},
        "rights": [_grant(row.data) for row in form.rights],
        "exclusivity": _window(form.exclusivity.data),
    } | _payment(form)
    return {name: body[name] for name in before if name in body} | body


def _payment(form: BriefForm) -> dict[str, Any]:
    """How the pay is paid, where that is not by protected payment."""
    fee = form.fee.form
    if not fee.on.data or fee.payment.data != "direct" or not direct.allowed():
        return {}
    return {"payment": "direct", "pay_days": fee.pay_days.data or parts.DEFAULT_PAY_DAYS}


def said(field: Field) -> str:
    """What stands in a field, with its label, for the line it is folded behind; empty where nothing is set."""
    if isinstance(field, BooleanField):
        return str(field.label.text) if field.data else ""
    if isinstance(field, (SelectField, SelectMultipleField)):
        value = ", ".join(str(label) for _, label, chosen, *_ in field.iter_choices() if chosen)
    elif not field.data:
        value = ""
    elif isinstance(field.data, date):
        value = words.day(field.data.isoformat())
    else:
        value = ", ".join(str(field._value()).splitlines())
    return gettext("%(label)s: %(value)s", label=field.label.text, value=value) if value else ""


def line_of(row: Any, body: dict[str, Any]) -> str:
    """A row of content or rights in a sentence, if it stands in the body as it is; else empty: it must be looked at."""
    name = row.name.partition("-")[0]
    item = (_piece if name == "deliverables" else _grant)(row.data)
    if row.errors or item not in body[name]:
        return ""
    return words.piece(item) if name == "deliverables" else words.grant(item, body)


def rearrange(form: BriefForm, do: str) -> bool:
    """Carry out `add:…` or `remove:…`; False when `do` asks for neither.

    `add:part:fee`, `add:deliverables`, `remove:rights:2` (the row's own number).
    """
    what, _, rest = do.partition(":")
    if what not in ("add", "remove"):
        return False
    name, _, which = rest.partition(":")
    if (name == "part" and which in parts.PARTS) or name == "exclusivity":
        target = form.exclusivity if name == "exclusivity" else form[which]
        target.form.on.data = what == "add"
        if which == "milestones" and what == "add" and not form.milestones.form.items.entries:
            form.milestones.form.items.append_entry()
        return True
    lists = {"deliverables": form.deliverables, "rights": form.rights, "items": form.milestones.form.items}
    if name not in lists:
        return False
    rows = lists[name]
    if what == "add":
        if len(rows.entries) < (rows.max_entries or 0):
            _choose_firsts(rows.append_entry().form)
    else:
        rows.entries = [row for row in rows.entries if row.name.rsplit("-", 1)[-1] != which]
    return True


def _choose_firsts(form: Any) -> None:
    """What stands chosen in a new row as a browser shows it."""
    for field in form:
        if isinstance(field, SelectField) and field.data is None:
            field.data = next(value for value, *_ in field.iter_choices())


def body_after(brief: Brief, products: list[Product], do: str) -> dict[str, Any]:
    """The body that the sent form describes once `do` is carried out; the draft, while something in it cannot be read."""
    form = form_for(brief, products)
    rearrange(form, do)
    return body_of(form, brief.draft, products) if form.validate() else brief.draft


def _typed(body: dict[str, Any], private: bool) -> dict[str, Any]:
    audience = body["audience"]
    data = dict(body) | {name: "\n".join(body[name]) for name in LISTS}
    data |= {
        name: date.fromisoformat(body[name]) if body[name] else None
        for name in ("apply_by", "posting_from", "posting_until")
    }
    data |= {name: audience[name] for name in (*AUDIENCE_TICKS, "countries", "followers_min")}
    data |= {
        "city": audience.get("city", ""),
        "private": private,
        "hashtags": " ".join(body["hashtags"]),
        "rounds": "" if body["rounds"] is None else str(body["rounds"]),
        "clocks": parts.DEFAULT_CLOCKS | body["clocks"],
        "rights": [_grant_typed(item, body["currency"]) for item in body["rights"]],
        "exclusivity": _window_typed(body),
        "products": [str(i) for i in body["products"]],
    }
    return data | {kind: _part_typed(body, kind) for kind in parts.PARTS}


def _part_typed(body: dict[str, Any], kind: str) -> dict[str, Any]:
    found = parts.part(body, kind) or {}
    data = {"on": bool(found)} | {k: v for k, v in found.items() if k != "kind"}
    for name in AMOUNTS.get(kind, ()):
        data[name] = Money(found[name], body["currency"]) if found.get(name) else None
    if kind == "fee":
        data |= {"payment": body.get("payment", "protected"), "pay_days": parts.pay_days(body)}
    if kind == "milestones":
        data["items"] = [
            {"title": item["title"], "amount": Money(item["amount"], body["currency"])}
            for item in found.get("items", [])
        ]
    return data


def _part(form: BriefForm, kind: str, products: list[Product]) -> dict[str, Any]:
    data = {k: v for k, v in form[kind].data.items() if k != "on"}
    if kind == "gift":
        chosen = next((p for p in products if str(p.id) == data["product_id"]), None)
        value = data["value"].minor if data["value"] else chosen.value_minor if chosen else 0
        return {"kind": "gift", "mode": data["mode"], "product_id": str(chosen.id) if chosen else None, "value": value}
    if kind == "milestones":
        items = [{"title": i["title"] or "", "amount": _minor(i["amount"])} for i in data["items"]]
        return {"kind": kind, "items": [item for item in items if item["title"] or item["amount"]]}
    if kind == "fee":  # how it is paid is a term of the whole (`_payment`)
        data = {"amount": data["amount"]}
    for name in AMOUNTS.get(kind, ()):
        data[name] = _minor(data[name])
    if kind == "commission":
        data = {
            "program_id": data["program_id"] or None,
            "rate_bps": data["rate_bps"] or 0,
            "hold_days": 30 if data["hold_days"] is None else data["hold_days"],
        }
    if kind == "retainer":
        data |= {"months": data["months"] or 1, "per_month": data["per_month"] or ""}
    if kind == "royalty":
        data |= {"share_bps": data["share_bps"] or 0, "credit_line": data["credit_line"] or ""}
    return {"kind": kind} | data


def _piece(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "platform": row["platform"],
        "format": row["format"],
        "count": row["count"] or 1,
        "due_days": row["due_days"] or parts.DEFAULT_CLOCKS["draft"],
    }


def _grant(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "use": row["use"],
        "territory": row["territory"] or "worldwide",
        "days": None if row["forever"] else row["days"] or parts.DEFAULT_RIGHTS_DAYS,
        "exclusive": bool(row["exclusive"]),
        "price": _minor(row["price"]),
    }


def _grant_typed(item: dict[str, Any], currency: str) -> dict[str, Any]:
    price = Money(item["price"], currency) if item.get("price") else None
    return item | {"forever": item["days"] is None, "price": price}


def _window(row: dict[str, Any]) -> dict[str, Any] | None:
    if not row["on"]:
        return None
    return {"category": row["category"] or "", "days": row["days"] or 30, "price": _minor(row["price"])}


def _window_typed(body: dict[str, Any]) -> dict[str, Any]:
    window = body["exclusivity"]
    if not window:
        return {"on": False, "category": body["category"]}
    price = Money(window["price"], body["currency"]) if window.get("price") else None
    return {"on": True, "category": window["category"], "days": window["days"], "price": price}


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _hashtags(text: str | None) -> list[str]:
    tags = (text or "").replace(",", " ").split()
    return list(dict.fromkeys("#" + tag.lstrip("#") for tag in tags if tag.strip("#")))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _minor(amount: Money | None) -> int:
    return amount.minor if amount else 0
