const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

// Blocks that are wide in East Asian scripts, and so in a terminal; a whole character is as wide as its first code point.
const wide =
  /^[\p{Emoji_Presentation}\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18CFF}\u{1AFF0}-\u{1B2FF}\u{1F200}-\u{1F2FF}\u{20000}-\u{3FFFD}]/u
const emoji = /^\p{Emoji}.*[\uFE0F\u20E3]/u
const noWidth = /^[\p{M}\u200B-\u200D]+$/u
const narrow = /^[\u0020-\u02FF]*$/

/** Columns that the text takes on one terminal line, without its styles. */
export function textWidth(text: string): number {
  if (narrow.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += widthOf(segment)
  return width
}

function widthOf(grapheme: string): number {
  if (noWidth.test(grapheme)) return 0
  return wide.test(grapheme) || emoji.test(grapheme) ? 2 : 1
}

// So that megabytes of text are not processed for one line. A family emoji has eleven code units for two columns.
const unitsPerColumn = 16

/** The text if it fits into this many columns, otherwise its beginning and `…`; characters are not split. */
export function cutToWidth(text: string, width: number): string {
  if (text.length <= width && narrow.test(text)) return text
  const most = width * unitsPerColumn
  let taken = 0
  let end = 0
  for (const { segment, index } of graphemes.segment(text.slice(0, most))) {
    taken += widthOf(segment)
    if (taken > width) return `${text.slice(0, end)}…`
    // With room for the ellipsis.
    if (taken <= width - 1) end = index + segment.length
  }
  return text.length <= most ? text : `${text.slice(0, end)}…`
}
