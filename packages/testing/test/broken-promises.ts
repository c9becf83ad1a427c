interface Case<Subject> {
  readonly title: string
  check(subject: Subject): Promise<void>
}

/** The titles of the promises that a subject does not keep. All at a time: each has a host of its own. */
export async function brokenPromises<Subject>(
  cases: readonly Case<Subject>[],
  subject: Subject,
  leftOut = /^$/,
): Promise<string[]> {
  const checks = cases
    .filter(({ title }) => !leftOut.test(title))
    .map(one =>
      one.check(subject).then(
        () => [],
        () => [one.title],
      ),
    )
  return (await Promise.all(checks)).flat()
}
