// The ladder of a delivery in one small picture: steps behind it filled, a failed step crossed, the rest open.
import type { Kind } from '../../sdk/types';
import { standing, state_name, steps } from './states';

const gap = 15;

export function Ladder({ kind, state }: { kind: Kind; state: string }) {
  const { reached, failed, tone } = standing(kind, state);
  const count = steps[kind];
  const width = (count - 1) * gap + 12;
  const x = (step: number) => 6 + step * gap;
  return (
    <svg class={`ladder tone-${tone} turns`} width={width} height={14} viewBox={`0 0 ${width} 14`} role="img" aria-label={state_name(state)}>
      {Array.from({ length: count - 1 }, (_, step) => (
        <path key={`l${step}`} class={step + 1 < reached ? 'ladder-line done' : 'ladder-line'} d={`M${x(step) + 5} 7H${x(step + 1) - 5}`} />
      ))}
      {Array.from({ length: count }, (_, step) => {
        if (step < reached) return <circle key={step} class={step === reached - 1 && !failed ? 'ladder-now' : 'ladder-done'} cx={x(step)} cy={7} r={4} />;
        if (step === reached && failed) return <path key={step} class="ladder-cross" d={`M${x(step) - 3.2} 3.8l6.4 6.4m0-6.400l-6.400 6.400`} />;
        return <circle key={step} class="ladder-open" cx={x(step)} cy={7} r={3.5} />;
      })}
    </svg>
  );
}

export function StateTag({ kind, state }: { kind: Kind; state: string }) {
  const { tone } = standing(kind, state);
  return <span class={`tag ${tone}`}>{state_name(state)}</span>;
}
