// Italian: why something did not go on, or is not as it should be.
import type { Catalogue } from '../../text';
const messages: Catalogue = {
  'bulk.stopped': 'Interrotto',
  'bulk.stuck': 'In attesa',
  'trouble.stopped': 'L’invio si è fermato da solo: rimedia, poi riprendilo.',
  'trouble.waits': 'Per ora l’invio non può proseguire; riprova da solo.',
  'trouble.next': 'Prossimo tentativo',
  'trouble.attempts': { one: 'finora un tentativo', other: 'finora {count} tentativi' },
  'trouble.mapping_unfit': 'La corrispondenza non si adatta più al tipo di avviso. Assegna di nuovo le colonne.',
  'trouble.kind_retired': 'Il tipo di avviso è stato ritirato. Ripristinalo.',
  'trouble.bulk_damaged': 'Il file sul server è danneggiato o mancante. Deve intervenire il gestore del sistema.',
  'trouble.bulk_erased': 'Il file è stato cancellato. Caricalo di nuovo.',
  'trouble.blobs_unavailable': 'La cartella dei contenuti non è leggibile. Deve intervenire il gestore del sistema.',
  'trouble.bulk_broken': 'Il programma ha incontrato un proprio errore; il registro del server dice di più.',
};
export default messages;
