// Categories as a tree: in order, with their depth; and what changes when one is moved.
import type { Category } from '../../sdk/knowledge';

export const deepest = 5;
export interface Placed {
  category: Category;
  depth: number;  // 0: at the top
  index: number;  // among its siblings
  siblings: number;
}

const in_order = (a: Category, b: Category): number => a.position - b.position || (a.id < b.id ? -1 : 1);
export const children_of = (all: Category[], parent: string | undefined): Category[] => all.filter((one) => one.parent === parent).sort(in_order);

export function flat(all: Category[], parent?: string, depth = 0): Placed[] {
  const siblings = children_of(all, parent);
  return siblings.flatMap((category, index) => [{ category, depth, index, siblings: siblings.length }, ...(depth < deepest ? flat(all, category.id, depth + 1) : [])]);
}

export function within(all: Category[], id: string): Set<string> {
  const found = new Set([id]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const one of all) if (one.parent && found.has(one.parent)) found.add(one.id);
  }
  return found;
}

export function path_to(all: Category[], id: string | undefined): Category[] {
  const path: Category[] = [];
  for (let at = all.find((one) => one.id === id); at && path.length <= deepest; at = all.find((one) => one.id === at?.parent)) path.unshift(at);
  return path;
}

const height = (all: Category[], id: string): number => 1 + Math.max(0, ...children_of(all, id).map((one) => height(all, one.id)));

export const may_stand = (all: Category[], id: string, parent: string | undefined): boolean => !(parent && within(all, id).has(parent)) && path_to(all, parent).length + height(all, id) <= deepest;

// The categories that change when `id` becomes the child of `parent` at this place; none when it may not stand there.
export function moved(all: Category[], id: string, parent: string | undefined, index: number): Category[] {
  const one = all.find((other) => other.id === id);
  if (!one || !may_stand(all, id, parent)) return [];
  const siblings = children_of(all, parent).filter((other) => other.id !== id);
  siblings.splice(Math.max(0, Math.min(index, siblings.length)), 0, one);
  const root = parent ? path_to(all, parent)[0] : undefined;
  const product = root ? root.product : one.product;
  const changed = siblings.flatMap((other, position) => {
    const wanted: Category = other === one ? { ...other, parent, product, position } : { ...other, position };
    return wanted.position !== other.position || wanted.parent !== other.parent ? [wanted] : [];
  });
  // The moved one first: it is what was asked for.
  return changed.sort((a, b) => Number(b.id === id) - Number(a.id === id));
}
