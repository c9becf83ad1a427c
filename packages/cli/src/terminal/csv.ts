/** Rows as RFC 4180 has them, with line ends of Unix. */
export const csv = (rows: readonly (readonly string[])[]): string =>
  rows.map(row => row.map(cell).join(',')).join('\n')

// A spreadsheet would take a text that begins so for a formula.
const formula = /^[=+\-@\t\r]/

function cell(text: string): string {
  const safe = formula.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
