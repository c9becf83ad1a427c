/** Rows as in RFC 4180, with Unix line ends. */
export const csv = (rows: readonly (readonly string[])[]): string =>
  rows.map(row => row.map(cell).join(',')).join('\n')

// A spreadsheet would treat text with this prefix as a formula.
const formula = /^[=+\-@\t\r]/

function cell(text: string): string {
  const safe = formula.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
