-- One row a currency and day of any enabled source: reporting currency per unit.
{{ conformed("exchange_rates") }}
