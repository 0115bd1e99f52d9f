// Shows a shortcut: "g d" as two keys, "mod+k" as Ctrl K or ⌘ K.
const is_mac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

export function Keys({ keys }: { keys: string }) {
  const pieces = keys.split(/[ +]/).map((piece) => (piece === 'mod' ? (is_mac ? '⌘' : 'Ctrl') : piece.length === 1 ? piece.toUpperCase() : piece));
  return (
    <span class="keys" dir="ltr">
      {pieces.map((piece, index) => (
        <kbd key={index}>{piece}</kbd>
      ))}
    </span>
  );
}
