/** Rows as in RFC 4180, with Unix line ends. */
export const csv = (rows: readonly (readonly string[])[]): string =>
  rows.map(row => row.map(cell).join(',')).join('\n')

// A spreadsheet would treat text with this prefix as a formula.
const formula = /^[=+\-@\t\r]/

// biome-ignore lint/suspicious/noControlCharactersInRegex: these would control a terminal
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g

function cell(given: string): string {
  const text = given.replace(controls, '\uFFFD')
  const safe = formula.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
