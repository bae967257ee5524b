// The table that is printed.

/** quantile returns the value below which the given share of the values lies. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/** times makes a row of durations in milliseconds. */
export function times(what, values, aim) {
  return { what, value: quantile(values, 0.5), p99: quantile(values, 0.99), unit: "ms", aim };
}

const widths = [46, 10, 10, 8, 10, 8];

function line(cells) {
  return cells.map((cell, i) => (i % 3 === 0 && i < 4 ? ` ${cell}`.padEnd(widths[i]) : cell.padStart(widths[i]))).join("").trimEnd();
}

function number(n) {
  if (n === undefined) return "";
  const digits = n >= 100 ? 0 : n >= 10 ? 1 : 2;
  return n.toFixed(digits);
}

function row({ what, value, p99, unit, aim }) {
  return line([`  ${what}`, number(value), number(p99), unit, aim === undefined ? "" : `≤ ${aim}`, aim === undefined ? "" : (value / aim).toFixed(2)]);
}

/** print writes sections of rows {what, value, p99, unit, aim}; aims are upper limits. */
export function print(sections, machine) {
  const rule = "─".repeat(widths.reduce((a, b) => a + b));
  const out = [rule, line(["", "value/p50", "p99", "unit", "aim", "÷ aim"]), rule];
  for (const { title, rows = [], problem } of sections) {
    out.push(` ${title}`, ...rows.map(row));
    if (problem) out.push(`   not measured: ${problem.split("\n")[0]}`);
  }
  out.push(rule, ...machine, "÷ aim: 1.00 or less is within the aim. Where there are few runs, p99 is the worst of them.");
  console.log(out.join("\n"));
}
