// What a permission is called.
import { is_key, t } from '../ui/text';

export function permission_name(name: string): string {
  const key = `permission.${name}`;
  return is_key(key) ? t(key) : name;
}
