import type { OutsideCall } from '../outside/outside-call.ts'
import { showCount } from './show-number.ts'

const refusal =
  "refused, because nothing on the tape answers it (--outside allow, or outside: 'allow', runs such calls for real)"

/** Calls outside the replayed traces, one sentence for each function. */
export const showOutside = (calls: readonly OutsideCall[]): string[] => calls.map(shown)

function shown({ key, name, count, refused, isElsewhere }: OutsideCall): string {
  const what = key === name ? key : `${key} (${name})`
  const times = count === 1 ? 'once' : `${showCount(count)} times`
  const where = isElsewhere ? ' in a worker thread or a child process' : ''
  const end = refused ? refusal : 'it ran for real'
  return `${what} was called ${times} outside the replayed traces${where}: ${end}`
}
