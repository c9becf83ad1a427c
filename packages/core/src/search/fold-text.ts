/**
 * The form in which texts are compared: composed characters, case ignored. It has the same length as `composed(text)`, so
 * offsets are the same in both. Accents count: `Müller` does not match `Muller`.
 */
export const folded = (text: string): string =>
  isAscii(text)
    ? text.toLowerCase()
    : text.normalize('NFC').replace(/\p{Changes_When_Casefolded}/gu, foldedOne)

/** The text with composed characters: `ü` as one character. */
export const composed = (text: string): string => (isAscii(text) ? text : text.normalize('NFC'))

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text)

/** Folds one character. Converts to upper case first, because `ς` and `σ` share it. */
function foldedOne(char: string): string {
  for (const lower of [char.toUpperCase().toLowerCase(), char.toLowerCase()])
    if (lower.length === char.length) return lower
  return char
}
