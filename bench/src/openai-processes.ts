import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What one subject costs, measured where nothing else runs. */
export interface OwnProcess {
  /** Microseconds of CPU for one call. */
  readonly call: number
  /** Microseconds of CPU for one stream of 500 chunks. */
  readonly stream: number
  /** Bytes held by one open stream that was read to its last word: heap and buffers. */
  readonly held: number
  /** The same of all memory of the process. */
  readonly resident: number
}

export type Subject = 'bare' | 'recorded' | 'least'

const program = fileURLToPath(new URL('openai-one.ts', import.meta.url))

/** Each subject in processes that run nothing else, in turn; the least of all rounds, which other programs disturb least. */
export function inOwnProcesses(subjects: readonly Subject[], rounds = 5): Record<Subject, OwnProcess> {
  const least = {} as Record<Subject, OwnProcess>
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      const one = run(subject)
      const before = least[subject] ?? one
      least[subject] = {
        call: Math.min(before.call, one.call),
        stream: Math.min(before.stream, one.stream),
        held: Math.min(before.held, one.held),
        resident: Math.min(before.resident, one.resident),
      }
    }
  }
  return least
}

function run(subject: Subject): OwnProcess {
  const flags = ['--expose-gc', '--disable-warning=ExperimentalWarning', '--experimental-strip-types']
  return JSON.parse(
    execFileSync(process.execPath, [...flags, program, subject], { encoding: 'utf8' }),
  ) as OwnProcess
}
