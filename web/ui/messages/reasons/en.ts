// English: why something did not go on, or is not as it should be.
import type { Message } from '../../text';
const messages = {
  'bulk.stopped': 'Stopped',
  'bulk.stuck': 'Waits',
  'trouble.stopped': 'The job has stopped by itself: mend this, then continue it.',
  'trouble.waits': 'The job cannot go on just now; it tries again by itself.',
  'trouble.next': 'Next attempt',
  'trouble.attempts': { one: 'one attempt so far', other: '{count} attempts so far' },
  'trouble.mapping_unfit': 'The mapping does not fit the kind of notice any more. Map the columns anew.',
  'trouble.kind_retired': 'The kind of notice is retired. Bring it back.',
  'trouble.bulk_damaged': 'The file is damaged or missing on the server. An operator must look.',
  'trouble.bulk_erased': 'The file is erased. Upload it again.',
  'trouble.blobs_unavailable': 'The folder of contents cannot be read. An operator must look.',
  'trouble.bulk_broken': 'The program met a fault of its own; the server’s log says more.',
} satisfies Record<string, Message>;
export default messages;
