"""What columns of exports in other languages may be: names that are suggested, and never taken for granted."""

from collections.abc import Iterable

from cxmart.base.suggestions import nearest
from cxmart.contract.vocabulary import name_key

# The beginnings of headings, as `name_key` has them, by the columns that they may mean.
HEADINGS = {
    "customer_id": "kundennummer kundennr kundenid kunde numéroclient numeroclient idclient clientid numerocliente "
    "idcliente codicecliente nrklienta numerklienta idklienta",
    "order_id": "bestellnummer bestellnr bestellid auftragsnummer auftragsnr numérodecommande numerodecommande "
    "idcommande numerodepedido númerodepedido idpedido numeroordine idordine nrzamówienia numerzamówienia idzamówienia",
    "ticket_id": "ticketnummer ticketnr vorgangsnummer fallnummer anfragenummer numérodeticket numerodeticket "
    "idticket numerodelticket nrzgłoszenia numerzgłoszenia idzgłoszenia",
    "agent_id": "mitarbeiternummer mitarbeiternr bearbeiter agentennummer idagent numéroagent idagente numeroagente "
    "nragenta idagenta",
    "product_id": "artikelnummer artikelnr produktnummer produktnr sku référenceproduit idproduit referencia "
    "idproducto codiceprodotto idprodotto nrproduktu idproduktu",
    "channel": "kanal kontaktkanal canal canale kanał",
    "status": "zustand état etat estado stato stan",
    "created_at": "erstelltam erstellt erstelldatum angelegtam eröffnetam crééle créele datedecréation creadoel "
    "fechadecreación creatoil datacreazione utworzono datautworzenia",
    "updated_at": "geändertam aktualisiertam letzteänderung modifiéle misàjour actualizadoel modificatoil "
    "aggiornatoil zaktualizowano datamodyfikacji",
    "resolved_at": "gelöstam erledigtam résolule resueltoel risoltoil rozwiązano",
    "ordered_at": "bestellt bestelltam bestelldatum auftragsdatum datedecommande fechadepedido fechadelpedido "
    "dataordine datazamówienia",
    "sent_at": "gesendetam versendetam envoyéle enviadoel inviatoil wysłano",
    "total_amount": "gesamtbetrag bestellwert betrag summe montanttotal montant importetotal importe importototale "
    "importo kwota wartośćzamówienia",
    "quantity": "menge anzahl stückzahl quantité cantidad quantità ilość",
    "unit_price": "einzelpreis stückpreis preis prixunitaire prix preciounitario precio prezzounitario prezzo "
    "cenajednostkowa cena",
    "currency": "währung devise moneda divisa valuta waluta",
    "marketplace": "marktplatz verkaufskanal placedemarché mercado piattaforma platforma",
    "priority": "priorität dringlichkeit priorité prioridad priorità priorytet",
    "topic": "thema betreffkategorie kategorie sujet motif tema asunto argomento temat",
    "score": "bewertung punkte punktzahl note puntuación punteggio ocena",
}
BY_HEADING = {name_key(word): column for column, words in HEADINGS.items() for word in words.split()}


def meant(heading: str, columns: Iterable[str]) -> list[str]:
    """Give the columns that a heading of a file may mean, those of another language first; none where none is near."""
    there = list(columns)
    column = BY_HEADING.get(name_key(heading))
    return [column] if column in there else nearest(heading, there)
