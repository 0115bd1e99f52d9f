// esbuild plugin: `import Inbox from 'icon:inbox'` gives a component with the paths of one Lucide icon, so that only the icons in
// use are in the bundle and nothing needs inline style or markup.
import { readFile } from 'node:fs/promises';
import path from 'node:path';

const element = /<(path|circle|rect|line|polyline|polygon|ellipse)\s+([^>]*?)\/>/g;
const attribute = /([\w-]+)="([^"]*)"/g;

export function icons(root) {
  return {
    name: 'icons',
    setup(build) {
      build.onResolve({ filter: /^icon:/ }, (args) => ({ path: args.path.slice(5), namespace: 'icon' }));
      build.onLoad({ filter: /.*/, namespace: 'icon' }, async (args) => {
        const file = path.join(root, 'node_modules/lucide-static/icons', args.path + '.svg');
        const svg = await readFile(file, 'utf8');
        const shapes = [...svg.matchAll(element)].map(([, tag, list]) => [
          tag,
          Object.fromEntries([...list.matchAll(attribute)].map(([, name, value]) => [name, value])),
        ]);
        if (!shapes.length) return { errors: [{ text: `no shapes in icon ${args.path}` }] };
        return {
          contents: `import { icon } from ${JSON.stringify(path.join(root, 'ui/icon.ts'))};\nexport default icon(${JSON.stringify(shapes)});`,
          resolveDir: root,
          loader: 'js',
        };
      });
    },
  };
}
