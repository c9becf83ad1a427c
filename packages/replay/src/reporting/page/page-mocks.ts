import type { MockedCall, MockReport } from '../../match/mock-report.ts'
import { showCount } from '../show-number.ts'
import { showValue } from '../show-value.ts'
import { type Html, html } from './html.ts'
import { sideBySide } from './page-diff.ts'

const maxInputs = 10

const lists: readonly (readonly [list: keyof MockReport, sign: string, title: string, kind: string])[] = [
  ['missed', '✗', 'missed, not on the tape', 'failed'],
  ['drifted', '≈', 'drifted, served with another input', 'changed'],
  ['overridden', '↷', 'overridden', 'changed'],
  ['served', '✓', 'served from the tape', 'same'],
  ['unused', '○', 'unused', ''],
]

/**
 * Results of the mocked calls, one line for each kind. With `inputs` also the inputs of calls with a different input, if traces
 * do not show them.
 */
export function mocksView(mocks: MockReport, { inputs }: { readonly inputs: boolean }): Html | false {
  const shown = lists.filter(([list]) => mocks[list].length > 0)
  if (shown.length === 0) return false
  return html`<h3>Mocked calls</h3><ul class="mocks">${shown.map(
    ([list, sign, title, kind]) =>
      html`<li class="${kind}"><b>${sign} ${showCount(mocks[list].length)}</b> ${title}: ${namesOf(mocks[list])}${(inputs || list === 'missed') && inputsOf(mocks[list])}</li>${list === 'served' && unknownView(mocks[list])}${unlikeThisView(mocks[list])}`,
  )}</ul>`
}

/** Served calls whose input could not be compared, with the reason. */
function unknownView(calls: readonly MockedCall[]): Html | false {
  const unknown = calls.filter(({ unknownInput }) => unknownInput !== undefined)
  if (unknown.length === 0) return false
  return html`<li class="changed"><b>? ${showCount(unknown.length)}</b> of these with an input that cannot be compared: ${unknown
    .slice(0, maxInputs)
    .map(call => `${nameOf(call)} (${call.unknownInput})`)
    .join(', ')}</li>`
}

/** Methods called on an object that differs from the recorded one. */
function unlikeThisView(calls: readonly MockedCall[]): Html | false {
  const unlike = calls.filter(({ unlikeThis }) => unlikeThis !== undefined)
  if (unlike.length === 0) return false
  return html`<li class="changed"><b>? ${showCount(unlike.length)}</b> of these on a <code>this</code> that is unlike the recorded one: ${unlike
    .slice(0, maxInputs)
    .map(call => `${nameOf(call)} (${call.unlikeThis?.join(', ')})`)
    .join(', ')}</li>`
}

/** Each name once, with its count. */
function namesOf(calls: readonly MockedCall[]): string {
  const counts = new Map<string, number>()
  for (const call of calls) counts.set(nameOf(call), (counts.get(nameOf(call)) ?? 0) + 1)
  const names = Array.from(counts, ([name, count]) => (count === 1 ? name : `${name} ×${showCount(count)}`))
  return names.length <= 20
    ? names.join(', ')
    : `${names.slice(0, 20).join(', ')} and ${names.length - 20} more`
}

const nameOf = ({ key, name }: MockedCall): string => (key === name ? key : `${key} · ${name}`)

/** For drifted and missed calls: their input next to the recorded one. */
function inputsOf(calls: readonly MockedCall[]): Html[] {
  return calls
    .filter(({ input }) => input !== undefined)
    .slice(0, maxInputs)
    .map(
      call => html`<details class="values"><summary>what ${nameOf(call)} was given${call.reason !== undefined && `: ${call.reason}`}</summary>
${call.recordedInput ? sideBySide(argumentsOf(call.recordedInput), argumentsOf(call.input), ['recorded', 'replayed']) : html`<pre>${argumentsOf(call.input)}</pre>`}</details>`,
    )
}

const argumentsOf = (input: readonly unknown[] = []): string => input.map(showValue).join(',\n')
