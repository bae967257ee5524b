const units = ["byte", "kilobyte", "megabyte", "gigabyte"];

/** fileSize is a number of bytes for people. */
export function fileSize(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < units.length - 1) [size, unit] = [size / 1000, unit + 1];
  const format = { style: "unit", unit: units[unit] ?? "byte", unitDisplay: unit ? "short" : "long", maximumFractionDigits: size < 10 && unit ? 1 : 0 } as const;
  return new Intl.NumberFormat(undefined, format).format(size);
}
