-- One row a product of any enabled source.
{{ conformed("products") }}
