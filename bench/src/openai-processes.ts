import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The cost of one subject, measured in a process that runs nothing else. */
export interface OwnProcess {
  /** Microseconds of CPU for one call. */
  readonly call: number
  /** Microseconds of CPU for one stream of 500 chunks. */
  readonly stream: number
  /** Bytes that one open stream holds after its last word was read: heap and buffers. */
  readonly held: number
  /** The same for all memory of the process. */
  readonly resident: number
}

export type Subject = 'bare' | 'recorded' | 'least' | 'careful'

const program = fileURLToPath(new URL('openai-one.ts', import.meta.url))

/** Runs each subject in its own processes, in turn. Returns the minimum of all rounds, the least disturbed one. */
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
