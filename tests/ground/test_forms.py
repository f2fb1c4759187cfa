"""Fields refuse in a sentence, beside themselves and in the summary above the form."""

from bs4 import BeautifulSoup
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict
from wtforms import EmailField, FormField, IntegerField
from wtforms.validators import Email

from marketplace.forms import Between, Form, MoneyField, required

SUMMARY = "{% from '_components/form.html' import error_summary %}{{ error_summary(form) }}"


class Pay(Form):
    fee = MoneyField("Fee", [required])


class Reach(Form):
    email = EmailField("E-mail", [required, Email("Write a whole address.")])
    followers = IntegerField("Followers", [required, Between(0, 2_000_000_000)])


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


def test_a_number_out_of_bounds_is_refused_in_a_sentence_with_readable_bounds(app: Flask) -> None:
    with app.test_request_context():
        for typed in ("-1", "2000000001"):
            form = Reach(formdata=MultiDict({"email": "a@b.example", "followers": typed}), meta={"csrf": False})
            assert not form.validate()
            assert form.followers.errors == ["Give a number from 0 to 2,000,000,000."]
        for typed in ("0", "2000000000"):
            assert Reach(
                formdata=MultiDict({"email": "a@example.com", "followers": typed}), meta={"csrf": False}
            ).validate()


def test_an_empty_field_is_asked_for_in_one_sentence(app: Flask) -> None:
    with app.test_request_context():
        form = Reach(formdata=MultiDict({"email": "", "followers": ""}), meta={"csrf": False})
        assert not form.validate()
        assert [str(error) for error in form.email.errors] == ["Please fill this in."]
        assert [str(error) for error in form.followers.errors] == ["Please fill this in."]
