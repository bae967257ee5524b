import { useMemo } from "preact/hooks";
import { encode } from "uqr";

/** Qr draws a text as a QR code: one path of dark modules, dark on white in both themes, as cameras expect. */
export function Qr({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => draw(text), [text]);
  return (
    <div class="qr">
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
        <path d={path} />
      </svg>
    </div>
  );
}

function draw(text: string): { path: string; size: number } {
  // Low correction: a screen is clean, and larger modules are read from further away.
  const { data, size } = encode(text, { ecc: "L", border: 2 });
  let path = "";
  data.forEach((row, y) => {
    for (let x = 0; x < size; x++) {
      const from = x;
      while (row[x]) x++;
      if (x > from) path += `M${from} ${y}h${x - from}v1H${from}z`;
    }
  });
  return { path, size };
}
