// Prepared: texts go here key by key; what is missing shows in English, and the language is listed as incomplete.
import type { Catalogue } from '../text';

const messages: Catalogue = {};
export default messages;
