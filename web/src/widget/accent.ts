// The site's colour, as the two numbers from which all shades are made: hue and chroma in oklch. Lightness is fixed by
// the styles, so that every colour has the contrast that reading needs.

export interface Accent {
  hue: number;
  chroma: number;
}

/** Sotto's own colour. */
export const teal: Accent = { hue: 192, chroma: 0.08 };

/** The lightnesses of the shades. At each of them the colour must exist on the screen, or browsers would change it. */
const lightnesses = [0.41, 0.47, 0.74, 0.8];

type Three = [number, number, number];

/** accentOf reads #rrggbb. */
export function accentOf(color: string): Accent {
  if (!/^#[\da-f]{6}$/i.test(color)) return teal;
  const [a, b] = toLab([1, 3, 5].map((i) => linear(parseInt(color.slice(i, i + 2), 16) / 255)) as Three);
  const hue = ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
  let chroma = Math.min(Math.hypot(a, b), 0.16);
  while (chroma > 0.01 && !lightnesses.every((l) => exists(l, chroma, hue))) chroma -= 0.005;
  return { hue: Math.round(hue), chroma: Math.round(chroma * 1000) / 1000 };
}

const linear = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);

/** The a and b of oklab. */
function toLab([r, g, b]: Three): [number, number] {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s];
}

/** exists reports whether a screen can show the colour; the dark shades have a little more chroma. */
function exists(lightness: number, chroma: number, hue: number): boolean {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * 1.05 * Math.cos(angle), chroma * 1.05 * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const rgb = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return rgb.every((v) => v > -0.001 && v < 1.001);
}
