// The mark of Rapport: a wax seal with a letter in it. Its edge is a circle with soft waves, as wax has.
function edge(radius: number, wave: number, waves: number): string {
  const points: string[] = [];
  for (let step = 0; step < 120; step += 1) {
    const angle = (step / 120) * 2 * Math.PI;
    const r = radius + wave * Math.cos(waves * angle) + wave * 0.5 * Math.sin(3 * angle + 1);
    points.push(`${(16 + r * Math.cos(angle)).toFixed(2)} ${(16 + r * Math.sin(angle)).toFixed(2)}`);
  }
  return `M${points.join('L')}Z`;
}
const wax = edge(14.4, 0.55, 9);

export function Seal({ size = 28 }: { size?: number }) {
  return (
    <svg class="seal" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <path class="seal-wax" d={wax} />
      <circle class="seal-ring" cx="16" cy="16" r="10.4" />
      <path class="seal-letter" d="M12.7 21.4V10.8h4c2.100 0 3.500 1.200 3.500 3.050s-1.400 3.050-3.500 3.050h-4m3.800 0 3.900 4.500" />
    </svg>
  );
}
