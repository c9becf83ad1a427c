/** The same work both ways, on prepared data. */
export interface Load<T> {
  make(): T
  floor(made: T): Promise<void>
  subject(made: T): Promise<void>
}

interface Used {
  readonly thread: number
  readonly process: number
}

/**
 * Measures two ways of one work in CPU time, in turn, round by round, in an order that changes: microseconds for each of
 * the `perRound` things that a round does, of the calling thread and of the whole process. A round must take at least
 * 100 ms, as CPU time may be counted in ticks. Prints a line for each, with the median of the ratios, their range, and the
 * ratio of the best rounds. Node 24 and later.
 */
export async function compareInTurn<T>(
  name: string,
  load: Load<T>,
  { perRound, rounds }: { readonly perRound: number; readonly rounds: number },
): Promise<void> {
  const taken: (readonly [floor: Used, subject: Used])[] = []
  for (let round = -2; round < rounds; round++) {
    const [first, second] = [load.make(), load.make()]
    const isFloorFirst = round % 2 === 0
    const a = await usedBy(() => (isFloorFirst ? load.floor(first) : load.subject(first)))
    const b = await usedBy(() => (isFloorFirst ? load.subject(second) : load.floor(second)))
    if (round >= 0) taken.push(isFloorFirst ? [a, b] : [b, a])
  }
  for (const part of ['thread', 'process'] as const) print(`${name}, ${part}`, taken, part, perRound)
}

async function usedBy(work: () => Promise<void>): Promise<Used> {
  const [thread, whole] = [process.threadCpuUsage(), process.cpuUsage()]
  await work()
  const [threadUsed, wholeUsed] = [process.threadCpuUsage(thread), process.cpuUsage(whole)]
  return { thread: threadUsed.user + threadUsed.system, process: wholeUsed.user + wholeUsed.system }
}

function print(
  name: string,
  taken: readonly (readonly [Used, Used])[],
  part: keyof Used,
  perRound: number,
): void {
  const floors = taken.map(([floor]) => floor[part] / perRound)
  const subjects = taken.map(([, subject]) => subject[part] / perRound)
  const ratios = sorted(subjects.map((µs, at) => µs / (floors[at] ?? Number.NaN)))
  const µs = (values: readonly number[]) => `${medianOf(values).toFixed(2).padStart(8)} µs`
  const best = (Math.min(...subjects) / Math.min(...floors)).toFixed(2)
  const range = `(${ratios[0]?.toFixed(2)}–${ratios.at(-1)?.toFixed(2)}, best rounds ${best})`
  console.log(
    `${name.padEnd(84)} floor ${µs(floors)}  subject ${µs(subjects)}  ratio ${medianOf(ratios).toFixed(2)} ${range}`,
  )
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b)

const medianOf = (values: readonly number[]) => sorted(values)[Math.floor(values.length / 2)] ?? Number.NaN
