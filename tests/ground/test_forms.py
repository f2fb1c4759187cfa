"""Fields refuse in a sentence, beside themselves and in the summary above the form."""

from bs4 import BeautifulSoup
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict
from wtforms import FormField

from marketplace.forms import Form, MoneyField, required

SUMMARY = "{% from '_components/form.html' import error_summary %}{{ error_summary(form) }}"


class Pay(Form):
    fee = MoneyField("Fee", [required])


class Offer(Form):
    pay = FormField(Pay, "Pay")


def test_an_amount_that_cannot_be_read_keeps_its_sentence_down_to_the_summary(app: Flask) -> None:
    with app.test_request_context():
        for typed, sentence in (("-5", "The least possible is $0.00."), ("", "Please fill this in.")):
            form = Offer(formdata=MultiDict({"pay-fee": typed}), meta={"csrf": False})
            assert not form.validate()
            line = BeautifulSoup(render_template_string(SUMMARY, form=form), "html.parser").li
            assert line.get_text() == f"Fee: {sentence}"
            assert line.a["href"] == "#pay-fee"
