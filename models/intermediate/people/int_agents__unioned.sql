-- One row an agent and the date from which it holds (`valid_from`), of any enabled source.
{{ conformed("agents") }}
