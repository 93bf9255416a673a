"""The form in which a person says how notices reach them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import RadioField
from wtforms.fields import SelectChoice

from lms.core.forms import Form
from lms.notices.domain import CHOSEN, Category, Delivery, delivery_for
from lms.notices.wording import CATEGORIES, CATEGORY_HINTS, DELIVERIES


def _field(category: Category) -> Any:
    return RadioField(
        CATEGORIES[category],
        choices=[SelectChoice(delivery.value, label) for delivery, label in DELIVERIES.items()],
        description=CATEGORY_HINTS[category],
    )


class PreferencesForm(Form):
    """One choice for each category."""

    reminders = _field(Category.REMINDERS)
    changes = _field(Category.CHANGES)
    results = _field(Category.RESULTS)
    announcements = _field(Category.ANNOUNCEMENTS)
    discussions = _field(Category.DISCUSSIONS)
    teaching = _field(Category.TEACHING)

    @classmethod
    def for_choices(cls, chosen: Mapping[Category, Delivery]) -> PreferencesForm:
        """The form as it stands for somebody who made these choices."""
        return cls(data={category.value: delivery_for(category, chosen).value for category in CHOSEN})

    def deliveries(self) -> dict[Category, Delivery]:
        """What was chosen."""
        return {category: Delivery(self[category.value].data) for category in CHOSEN}
