interface Case<Subject> {
  readonly title: string
  check(subject: Subject): Promise<void>
}

// Each case has a host of its own. Many more at a time would be late for the few that wait for a fixed time.
const lanes = 8

/** The titles of the promises that a subject does not keep. */
export async function brokenPromises<Subject>(
  cases: readonly Case<Subject>[],
  subject: Subject,
  leftOut = /^$/,
): Promise<string[]> {
  const left = cases.filter(({ title }) => !leftOut.test(title))
  const broken: string[] = []
  const work = async () => {
    for (let one = left.shift(); one; one = left.shift()) {
      const { title } = one
      await one.check(subject).catch(() => broken.push(title))
    }
  }
  await Promise.all(Array.from({ length: lanes }, work))
  return broken
}
