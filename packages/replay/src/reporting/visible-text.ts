// Invisible characters, and those that change the direction of reading, except line breaks and tabs. Arabic and related signs
// before a number are visible.
const hidden =
  '(?![\\t\\n\\u0600-\\u0605\\u06DD\\u070F\\u0890\\u0891\\u08E2\\u{110BD}\\u{110CD}])[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]'

const pictograph = '\\p{Extended_Pictographic}\\p{Emoji_Modifier}?\\uFE0F?'

/** An emoji of one or several code points: a family, a flag, the flag of a region. */
export const emojiPattern: string = `\\u{1F3F4}[\\u{E0030}-\\u{E0039}\\u{E0061}-\\u{E007A}]{3,6}\\u{E007F}|${pictograph}(?:\\u200D${pictograph})*|\\p{Regional_Indicator}{2}`

// Scripts in which joiners change the form of letters.
const joining = [
  'Arab',
  'Syrc',
  'Mand',
  'Nkoo',
  'Adlm',
  'Rohg',
  'Mong',
  'Phag',
  'Deva',
  'Beng',
  'Guru',
  'Gujr',
]
  .concat(['Orya', 'Taml', 'Telu', 'Knda', 'Mlym', 'Sinh', 'Khmr', 'Mymr', 'Tibt', 'Bali', 'Java', 'Limb'])
  .map(script => `\\p{scx=${script}}`)
  .join('')

// Positions where such characters are part of visible text. A variation selector or a joiner anywhere else can carry hidden text.
const belonging = [
  emojiPattern,
  `(?<=[${joining}])[\\u200C\\u200D]`,
  '(?<=\\p{Emoji})[\\uFE0E\\uFE0F]',
  '(?<=[\\p{sc=Hani}\\p{sc=Mymr}\\p{Sm}])[\\uFE00-\\uFE02\\u{E0100}-\\u{E01EF}]',
  '(?<=\\p{sc=Mong})[\\u180B-\\u180F]',
].join('|')

const anyHidden = new RegExp(hidden, 'u')
const hiddenOrNot = new RegExp(`(${belonging})|${hidden}`, 'gu')

/**
 * The text with all its characters visible: control characters, direction changes and invisible characters are named (`␛`,
 * `<U+202E>`), except where they are part of visible text, as between Persian letters or in an emoji. Line breaks and tabs stay.
 */
export function visibleText(text: string): string {
  const whole = text.toWellFormed()
  if (!anyHidden.test(whole)) return whole
  return whole.replaceAll(
    hiddenOrNot,
    (found: string, belongs: string | undefined) => belongs ?? named(found),
  )
}

function named(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20) return String.fromCodePoint(0x2400 + code)
  return code === 0x7f ? '␡' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

// More code units than one visible character has; longer sequences are split.
const longest = 64

/** The first code units of a text, up to a limit, without splitting a visible character. */
export function headOf(text: string, most: number): string {
  if (text.length <= most) return text
  const from = Math.max(0, most - longest)
  const around = graphemes.segment(text.slice(from, most + longest)).containing(most - from)
  const end = from + (around?.index ?? 0)
  return text.slice(0, end > from ? end : most)
}

/** The text, cut with `…` if it is longer. */
export const shortened = (text: string, most: number): string =>
  text.length > most ? `${headOf(text, most).trimEnd()}…` : text
