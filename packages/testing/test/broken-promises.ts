interface Case<Subject> {
  readonly title: string
  check(subject: Subject): Promise<void>
}

/** The titles of the promises that a subject breaks. Each case has its own host; `lanes` cases run concurrently. */
export async function brokenPromises<Subject>(
  cases: readonly Case<Subject>[],
  subject: Subject,
  leftOut = /^$/,
  lanes = 8,
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
