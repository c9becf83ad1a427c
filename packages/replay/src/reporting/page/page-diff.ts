import { type DiffPart, diffLines, diffWords } from '../diff-texts.ts'
import { type Html, html } from './html.ts'

interface Row {
  readonly before: string | undefined
  readonly after: string | undefined
}

// Number of equal lines shown around a difference.
const around = 3
const few = 24

/** Two texts side by side, with differences marked by line and by word; long equal parts are omitted. */
export function sideBySide(before: string, after: string, [left, right]: readonly [string, string]): Html {
  const rows = rowsOf(diffLines(before, after))
  return html`<table class="diff"><thead><tr><th scope="col">${left}</th><th scope="col">${right}</th></tr></thead>
<tbody>${shorten(rows).map(row => (typeof row === 'number' ? gap(row) : rowView(row)))}</tbody></table>`
}

/** Two texts of different kinds side by side, such as an output and an error. */
export function beside(before: string, after: string, [left, right]: readonly [string, string]): Html {
  return html`<table class="diff"><thead><tr><th scope="col">${left}</th><th scope="col">${right}</th></tr></thead>
<tbody><tr>${cell(before, 'removed')}${cell(after, 'added')}</tr></tbody></table>`
}

/** Removed lines are next to the added lines that replace them. */
function rowsOf(parts: readonly DiffPart[]): Row[] {
  const rows: Row[] = []
  let removed: string[] = []
  let added: string[] = []
  const flush = () => {
    const count = Math.max(removed.length, added.length)
    for (let i = 0; i < count; i++) rows.push({ before: removed[i], after: added[i] })
    removed = []
    added = []
  }
  for (const { kind, text } of parts) {
    if (kind === 'removed') removed.push(text)
    else if (kind === 'added') added.push(text)
    else {
      flush()
      rows.push({ before: text, after: text })
    }
  }
  flush()
  return rows
}

const isSame = ({ before, after }: Row): boolean => before === after

/** The rows near a difference; numbers of rows replace the others. */
function shorten(rows: readonly Row[]): (Row | number)[] {
  const near = new Uint8Array(rows.length)
  for (const [index, row] of rows.entries()) {
    if (!isSame(row)) near.fill(1, Math.max(0, index - around), index + around + 1)
  }
  const shown: (Row | number)[] = []
  // If everything is equal, or the text is short, nothing is omitted.
  const all = rows.length <= few || !near.includes(1)
  for (const [index, row] of rows.entries()) {
    const last = shown.at(-1)
    if (all || near[index]) shown.push(row)
    else if (typeof last === 'number') shown[shown.length - 1] = last + 1
    else shown.push(1)
  }
  return shown
}

const gap = (lines: number): Html =>
  html`<tr class="gap"><td colspan="2">${lines === 1 ? '1 equal line' : `${lines} equal lines`}</td></tr>`

function rowView(row: Row): Html {
  const { before, after } = row
  if (isSame(row)) return html`<tr>${cell(before)}${cell(after)}</tr>`
  if (before === undefined || after === undefined)
    return html`<tr>${cell(before, 'removed')}${cell(after, 'added')}</tr>`
  const words = diffWords(before, after)
  return html`<tr><td class="removed">${marked(words, 'removed')}</td><td class="added">${marked(words, 'added')}</td></tr>`
}

const cell = (text: string | undefined, kind = ''): Html =>
  text === undefined ? html`<td class="none"></td>` : html`<td class="${kind}">${text}</td>`

function marked(words: readonly DiffPart[], kind: 'removed' | 'added'): Html[] {
  const own = words.filter(word => word.kind === 'same' || word.kind === kind)
  return own.map(({ kind: is, text }) => (is === 'same' ? html`${text}` : html`<mark>${text}</mark>`))
}
