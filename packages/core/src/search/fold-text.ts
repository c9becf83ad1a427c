/**
 * The form in which texts are compared: composed characters, without case. It has the same length as `composed(text)`, so that
 * positions agree. Accents count: `Müller` is not `Muller`.
 */
export const folded = (text: string): string =>
  isAscii(text)
    ? text.toLowerCase()
    : text.normalize('NFC').replace(/\p{Changes_When_Casefolded}/gu, foldedOne)

/** The text with composed characters: `ü` as one character. */
export const composed = (text: string): string => (isAscii(text) ? text : text.normalize('NFC'))

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text)

/** One character. Its upper case comes first, because `ς` and `σ` have the same. */
function foldedOne(char: string): string {
  for (const lower of [char.toUpperCase().toLowerCase(), char.toLowerCase()])
    if (lower.length === char.length) return lower
  return char
}
