// Draws one icon: 24 px grid, 1.5 px stroke, the colour of the text around it. Decorative unless it has a label.
import { h, type FunctionComponent } from 'preact';

export interface IconProps {
  size?: number;
  label?: string;
  class?: string;
}
export type Icon = FunctionComponent<IconProps>;
type Shape = [tag: string, attributes: Record<string, string>];

export function icon(shapes: Shape[]): Icon {
  return ({ size = 18, label, class: name }) =>
    h(
      'svg',
      {
        class: name ? `icon ${name}` : 'icon',
        width: size,
        height: size,
        viewBox: '0 0 24 24',
        fill: 'none',
        stroke: 'currentColor',
        'stroke-width': 1.5,
        'stroke-linecap': 'round',
        'stroke-linejoin': 'round',
        'aria-hidden': label ? undefined : 'true',
        role: label ? 'img' : undefined,
        'aria-label': label,
      },
      shapes.map(([tag, attributes]) => h(tag, attributes)),
    );
}
