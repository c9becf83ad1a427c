/** ` Did you mean "usage"?` with a leading space, or `''` if no name is close. */
export function didYouMean(given: string, names: Iterable<string>, prefix = ''): string {
  const closest = closestTo(given.toLowerCase(), [...names])
  return closest === undefined ? '' : ` Did you mean "${prefix}${closest}"?`
}

/** One typing error in four letters, and at most three. */
const mostErrors = (given: string): number => Math.min(3, Math.max(1, Math.floor(given.length / 4)))

function closestTo(given: string, names: readonly string[]): string | undefined {
  // Long words would take long, and are no typing errors.
  if (given === '' || given.length > 40) return undefined
  const [byPrefix, ...others] = names.filter(name => given.length > 1 && name.startsWith(given))
  if (byPrefix !== undefined && others.length === 0) return byPrefix
  const ranked = names
    .map(name => ({ name, errors: errorsBetween(given, name) }))
    .filter(({ errors }) => errors <= mostErrors(given))
    .sort((a, b) => a.errors - b.errors)
  return ranked[0]?.name
}

/** The least number of letters that are added, left out, replaced or swapped with their neighbour. */
function errorsBetween(a: string, b: string): number {
  let [before, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, at) => at)]
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next[j] = Math.min(
        at(row, j) + 1,
        at(next, j - 1) + 1,
        at(row, j - 1) + (isSame ? 0 : 1),
        isSwapped ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    ;[before, row] = [row, next]
  }
  return at(row, b.length)
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY
