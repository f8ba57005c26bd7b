-- One row a customer account of any enabled source; one person may have several.
{{ conformed("customers") }}
