// Runs before the first paint: language, direction and colour choice, so that nothing flashes.
import { apply_choices } from '../ui/choices';

apply_choices();
